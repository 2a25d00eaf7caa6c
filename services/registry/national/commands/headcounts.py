"""Published headcounts: what a release shows of a cell, until a later one shows it again.

The hub sees these and nothing else. A later release may withhold a cell, since too few people changed; what was
released before stays then, as it was judged with it. Of a cell that no release showed nothing is said: that
would tell that one to four people are in it. And everything published for the hub, published again.
"""

import time
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import asyncpg
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.publication.commands import announce_units
from services.registry.tables.headcount_releases import PEOPLE, WOMEN
from services.registry.tables.units import unit
from shared import suppressed_cells
from shared.database.engine import Connection, raw
from shared.disclosure.document import Release
from shared.events.registry import Headcount, HeadcountsComputed
from shared.events.release_parts import HeadcountReleasePublished
from shared.messaging import outbox
from shared.messaging.tracing import telling
from shared.releases import document_events

_COLUMNS = "unit_code, level, version, people, women, as_of"
_MOVE = f"""
insert into published_headcount as p (unit_code, level, version, people, women, as_of, women_as_of)
select unit_code, level, 1, people, women, $1::date, case when women is not null then $1::date end
from unnest($2::text[], $3::text[], $4::int[], $5::int[]) as n(unit_code, level, people, women)
on conflict (unit_code, level) do update set version = p.version + 1, people = excluded.people,
    women = excluded.women, as_of = excluded.as_of, women_as_of = coalesce(excluded.women_as_of, p.women_as_of)
returning {_COLUMNS}
"""
_ALL = f"select {_COLUMNS} from published_headcount where people is not null"

# Cells of which women were shown once, and are withheld by the newest release.
withheld = suppressed_cells.counted(
    "select count(*) from published_headcount where women is null and women_as_of is not null"
)


class Published(NamedTuple):
    """A cell of which a release shows the people; `women` is None where it withholds them."""

    unit_code: str
    level: str
    people: int
    women: int | None


async def publish(session: AsyncSession, release: Release) -> None:
    """Show what a release shows, and send it on."""
    connection, since = await raw(session), time.time_ns()
    with telling("headcounts", since):
        for piece in outbox.chunks(sorted(shown(release), key=lambda one: (one.unit_code, one.level))):
            columns = list(map(list, zip(*piece, strict=True)))
            await _send(connection, await connection.fetch(_MOVE, release.as_of, *columns))


def shown(release: Release) -> Iterator[Published]:
    """The cells of which a release shows the people."""
    found = {
        (cell.measure, cell.unit, cell.level): cell.total
        for cell in release.cells
        if cell.people is not None and cell.total is not None
    }
    for (measure, unit_code, level), people in found.items():
        if measure == PEOPLE:
            yield Published(unit_code, level, people, found.get((WOMEN, unit_code, level)))


async def resend(session: AsyncSession) -> None:
    """Put all units and published headcounts into the outbox, with the versions they have."""
    connection = await raw(session)
    await announce_units(connection, (await session.scalars(sa.select(unit.c.unit_code))).all())
    await _send(connection, await connection.fetch(_ALL), least=1)
    await document_events.resend(session, HeadcountReleasePublished)


async def _send(connection: Connection, rows: Sequence[asyncpg.Record], least: int = 0) -> None:
    items = sorted(
        (Headcount(**dict(row), suppressed=False) for row in rows),
        key=lambda item: (item.unit_code, item.level),
    )
    events = [HeadcountsComputed(items=list(part)) for part in outbox.chunks(items, least=least)]
    entries = [
        (event, "headcounts", max((item.version for item in event.items), default=0)) for event in events
    ]
    if entries:
        await outbox.add_many(connection, entries)
