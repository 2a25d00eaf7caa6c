"""Published indicator values: what a release shows of a cell, until a later one shows it again.

Everybody sees these who may not read all individuals of a cell, and the hub. A later release may withhold a cell,
since too few people changed; what was released before stays then, as it was judged with it. Of a cell that no
release showed nothing is said: that would tell that one to four people are in it.
"""

import time
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import asyncpg
from sqlalchemy.ext.asyncio import AsyncSession

from services.evaluation.facts.shares import THOUSAND
from shared.database.engine import Connection, raw
from shared.disclosure.document import Release
from shared.events.evaluation import IndicatorComputed, IndicatorValue
from shared.messaging import outbox
from shared.messaging.tracing import telling

_TOLD = """
returning v.indicator, v.period, v.unit_code, v.published_version, v.published_numerator,
    v.published_denominator, v.published_as_of
"""
_MOVE = f"""
update indicator_value v set published_numerator = n.numerator, published_denominator = n.denominator,
    published_people = n.people, published_as_of = $2, published_version = published_version + 1, moved = $3
from unnest($4::text[], $5::text[], $6::bigint[], $7::bigint[], $8::int[])
    as n(indicator, unit_code, numerator, denominator, people)
where v.indicator = n.indicator and v.period = $1 and v.unit_code = n.unit_code
{_TOLD}
"""
_BLANK = """
update indicator_value set published_numerator = null, published_denominator = null, published_people = null,
    published_as_of = null, moved = 0
where indicator = any($1::text[]) and period = $2 and (published_denominator is not null or moved > 0)
"""
_ALL = """
select indicator, period, unit_code, published_version, published_numerator, published_denominator,
    published_as_of
from indicator_value where published_denominator is not null
"""
AGGREGATE = "indicator-values"  # items carry versions of their own
IN_THOUSANDTHS = frozenset({"OC-02"})  # whose numerators are no whole numbers


class Published(NamedTuple):
    """A cell that a release shows, in thousandths as live ones are."""

    indicator: str
    unit_code: str
    numerator: int
    denominator: int
    people: int


async def publish(session: AsyncSession, release: Release) -> None:
    """Show what a release shows, and send it on."""
    connection, since = await raw(session), time.time_ns()
    cells = sorted(shown(release))
    with telling("indicators", since):
        for piece in outbox.chunks(cells):
            columns = list(map(list, zip(*piece, strict=True)))
            rows = await connection.fetch(_MOVE, release.period, release.as_of, release.number, *columns)
            await _send(connection, rows)


async def begin(session: AsyncSession, release: Release, indicators: Sequence[str]) -> None:
    """Show a first release that stands for what an older version had published, and nothing else of that."""
    await (await raw(session)).execute(_BLANK, list(indicators), release.period)
    await publish(session, release)


def shown(release: Release) -> Iterator[Published]:
    """The cells of which a release shows numerator and denominator."""
    found: dict[tuple[str, str], dict[str, int]] = {}
    for cell in release.cells:
        if cell.total is not None:
            indicator, _, figure = cell.measure.partition(" ")
            found.setdefault((indicator, cell.unit), {})[figure] = cell.total
    whole = _of_people(release)
    for (indicator, unit), figures in found.items():
        people, numerator = figures["people"], figures.get("numerator")
        denominator = people if whole else figures.get("denominator")
        if numerator is not None and denominator is not None:
            exact = 1 if indicator in IN_THOUSANDTHS else THOUSAND
            yield Published(indicator, unit, numerator * exact, denominator * THOUSAND, people)


def _of_people(release: Release) -> bool:
    """Whether the denominator is the number of people, and not listed by itself."""
    return not any(cell.measure.endswith(" denominator") for cell in release.cells)


async def resend(session: AsyncSession) -> None:
    """Put every value that was published into the outbox again, with the version it has."""
    connection = await raw(session)
    await _send(connection, await connection.fetch(_ALL), least=1)


async def _send(connection: Connection, rows: Sequence[asyncpg.Record], least: int = 0) -> None:
    items = sorted(map(_item, rows), key=lambda item: (item.indicator, item.period, item.unit_code))
    batches = outbox.chunks(items, least=least)
    entries = [
        (IndicatorComputed(items=list(batch)), AGGREGATE, max((item.version for item in batch), default=0))
        for batch in batches
    ]
    if entries:
        await outbox.add_many(connection, entries)


def _item(row: asyncpg.Record) -> IndicatorValue:
    return IndicatorValue(
        indicator=row["indicator"],
        unit_code=row["unit_code"],
        period=row["period"],
        version=row["published_version"],
        numerator=row["published_numerator"],
        denominator=row["published_denominator"],
        as_of=row["published_as_of"],
        suppressed=False,
    )
