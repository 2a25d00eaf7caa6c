"""Published indicator values: snapshots that move by five people or more, and the events that tell them.

A round looks at the trees (indicator, period) whose root may move, holds writers off, and goes
down from each root as far as units move. What nobody has been told of is announced as suppressed.
"""

from collections.abc import Iterable, Sequence
from datetime import date

import asyncpg
from sqlalchemy.ext.asyncio import AsyncSession

from services.evaluation.commands.tree import hold_tree
from services.evaluation.snapshots import Part, moving
from shared import outbox
from shared.database import Connection, raw
from shared.events.evaluation import IndicatorComputed, IndicatorValue

_ROOTS = """
select indicator, period, unit_code, people, own from indicator_value
where parent_code = '' and people >= 5 and cardinality(fresh) >= 5 order by indicator, period, unit_code
"""
_PARTS = """
select indicator, period, parent_code, unit_code, people, published_people is not null as shown,
    earlier, fresh, own
from indicator_value v
join unnest($1::text[], $2::text[], $3::text[]) as moved(indicator, period, parent_code)
    using (indicator, period, parent_code)
"""
_TOLD = """
returning v.indicator, v.period, v.unit_code, v.published_version, v.published_numerator,
    v.published_denominator, v.published_as_of, v.as_of
"""
_MOVE = f"""
update indicator_value v set published_numerator = numerator, published_denominator = denominator,
    published_people = people, published_as_of = as_of, published_version = published_version + 1,
    fresh = '{{}}', earlier = '{{}}', own = '{{}}'
from unnest($1::text[], $2::text[], $3::text[]) as k(indicator, period, unit_code)
where (v.indicator, v.period, v.unit_code) = (k.indicator, k.period, k.unit_code)
{_TOLD}
"""
_STAY = """
update indicator_value v set fresh = '{}',
    earlier = array(select unnest(v.earlier) union select unnest(v.fresh) limit 5)
from unnest($1::text[], $2::text[], $3::text[]) as k(indicator, period, unit_code)
where (v.indicator, v.period, v.unit_code) = (k.indicator, k.period, k.unit_code)
"""
# Rows that a consumer is about to change are left for the next round, so that nobody waits.
_ANNOUNCE = f"""
with untold as (
    select indicator, period, unit_code from indicator_value where published_version = 0 and people > 0
    order by indicator, period, unit_code limit $1 for update skip locked
)
update indicator_value v set published_version = 1 from untold
where (v.indicator, v.period, v.unit_code) = (untold.indicator, untold.period, untold.unit_code)
{_TOLD}
"""
_CLOSED = f"""
update indicator_value v set published_as_of = $2, published_version = published_version + 1
where period = $1 and published_as_of < $2 and cardinality(fresh) = 0 and cardinality(earlier) = 0
{_TOLD}
"""
_ALL = """
select indicator, period, unit_code, published_version, published_numerator, published_denominator,
    published_as_of, as_of
from indicator_value where published_version > 0
"""

Cell = tuple[str, str, str]  # indicator, period, unit code
AGGREGATE = "indicator-values"  # items carry versions of their own


async def publish(session: AsyncSession) -> int:
    """Move the published figures that may move; returns how many units' figures did."""
    connection = await raw(session)
    if not await connection.fetch(_ROOTS):
        return 0
    await hold_tree(session)  # one moment for a whole tree
    level = await connection.fetch(_ROOTS)
    moved: list[Cell] = []
    stayed: list[Cell] = []
    while level:
        moved += [_cell(row) for row in level]
        level = await _below(connection, level, stayed)
    if stayed:
        await connection.execute(_STAY, *_columns(stayed))
    await _send(connection, await connection.fetch(_MOVE, *_columns(moved)))
    return len(moved)


async def announce(session: AsyncSession) -> int:
    """Tell of up to 500 cells that nobody has been told of, without their figures; returns how many."""
    connection = await raw(session)
    rows = await connection.fetch(_ANNOUNCE, outbox.MAX_ITEMS)
    await _send(connection, rows)
    return len(rows)


async def tell_closed(session: AsyncSession, period: str, as_of: date) -> None:
    """Published figures in which nothing is outstanding stand as of the period's last day."""
    connection = await raw(session)
    await _send(connection, await connection.fetch(_CLOSED, period, as_of))


async def resend(session: AsyncSession) -> None:
    """Put every value that was told into the outbox again, with the version it has."""
    connection = await raw(session)
    await _send(connection, await connection.fetch(_ALL))


async def _below(
    connection: Connection, level: Sequence[asyncpg.Record], stayed: list[Cell]
) -> list[asyncpg.Record]:
    """Units directly below moving ones that move with them; those that stay and changed go to `stayed`."""
    families: dict[Cell, list[asyncpg.Record]] = {_cell(row): [] for row in level}
    for row in await connection.fetch(_PARTS, *_columns(families)):
        families[row["indicator"], row["period"], row["parent_code"]].append(row)
    moved = []
    for total in level:
        rows = families[_cell(total)]
        own_people = total["people"] - sum(row["people"] for row in rows)
        found = moving(own_people, frozenset(total["own"]), map(_part, rows))
        moved += [row for row in rows if row["unit_code"] in found]
        stayed += [_cell(row) for row in rows if row["unit_code"] not in found and row["fresh"]]
    return moved


def _part(row: asyncpg.Record) -> Part:
    return Part(
        row["unit_code"], row["people"], row["shown"], frozenset(row["earlier"]), frozenset(row["fresh"])
    )


async def _send(connection: Connection, rows: Sequence[asyncpg.Record]) -> None:
    items = sorted(map(_item, rows), key=lambda item: (item.indicator, item.period, item.unit_code))
    batches = outbox.chunks(items)
    entries = [
        (IndicatorComputed(items=list(batch)), AGGREGATE, max(item.version for item in batch))
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
        as_of=row["published_as_of"] or row["as_of"],
        suppressed=row["published_denominator"] is None,
    )


def _cell(row: asyncpg.Record) -> Cell:
    return row["indicator"], row["period"], row["unit_code"]


def _columns(cells: Iterable[Cell]) -> list[list[str]]:
    return [list(column) for column in zip(*cells, strict=True)]
