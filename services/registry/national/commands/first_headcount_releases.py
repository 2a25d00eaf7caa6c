"""At the first start with releases: what an older version had published becomes the first release of headcounts.

The hub may remember it, so the releases that follow are judged beside it. A cell goes into it where its people
are known still: where everybody in it counted there when it was published, and nobody else did. All others are
withheld, until a release shows them.

It is judged as any other. An older version published that 9 of 9 are women, which a release never shows: beside
one of these no later release could show women of any unit.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.national.commands import headcounts
from services.registry.tables.headcount_releases import CUBE, PEOPLE, WOMEN
from services.registry.tables.units import unit
from shared import clock, periods
from shared.database.engine import Database, lock
from shared.disclosure.measures import Key, Rule
from shared.releases import due_dates
from shared.releases.due_dates import Due

if TYPE_CHECKING:  # numpy would come with it at every start
    from shared.releases.population import Population

LOCK = "registry-first-releases"  # replicas start together: one makes them

# Later versions of a cell must be above those that the hub has.
_VERSIONS = sa.text("""
insert into published_headcount (unit_code, level, version)
select unit_code, slice, version from total_cell
where version > 0 and not exists (select from published_headcount)
returning 1
""")
_RELEASED = sa.text(f"select exists (select from release where cube = '{CUBE}')")
# What an older version published of each cell, whether that is what counts in it, and where its unit was then.
_CELLS = sa.text("""
with counted as (
    select slice, place.code as unit_code, sum(own_people) as people, sum(own_figures[1]) as women
    from total_cell cross join unnest(path) as place(code) group by 1, 2
)
select c.unit_code, c.slice as level, c.path, c.own_people, c.moved, c.people, c.figures[1] as women,
    c.people = n.people and (c.figures[1] is null or c.figures[1] = n.women) as same
from total_cell c join counted n using (unit_code, slice)
""")
# Whoever counts otherwise since some cell was published: where before, where now, and in which round.
_CHANGES = sa.text("""
select h.slice as level, h.edition, h.path, c.path as now_path
from total_change h left join total_share s using (period, slice, person_id)
left join total_cell c on (c.period, c.slice, c.unit_code) = (s.period, s.slice, s.unit_code)
""")
_SHARES = sa.text("select person_id, unit_code, slice, figures[1] from total_share")
_LATER = 2**31  # no cell was published after it
Place = tuple[str, str, int]  # unit, level, and whether a woman


async def begin(database: Database) -> None:
    """A start-up step in a federation: safe to repeat, and in several replicas at once."""
    if not due_dates.in_federation():
        return
    async with database.looking() as session:
        await lock(session, LOCK)
        published = (await session.execute(_VERSIONS)).first()
        if published and not await session.scalar(_RELEASED):
            await _begin(session)


async def _begin(session: AsyncSession) -> None:
    from services.registry.national.commands import released_headcounts
    from shared.releases import commands

    today = clock.today()
    population, forest = await released_headcounts.read(session, today)
    shown = await _shown(session, population)
    due = Due(periods.of(today), today)
    made = await commands.begin(session, released_headcounts.CUBE, due, population, forest, shown, Rule())
    await headcounts.publish(session, made.release)


async def _shown(session: AsyncSession, population: "Population") -> Mapping[str, set[Key]]:
    """By figure the cells that the hub has of those who count now."""
    cells = {Key(row.unit_code, row.level): row for row in await session.execute(_CELLS)}
    paths = {
        code: tuple(path) for code, path in await session.execute(sa.select(unit.c.unit_code, unit.c.path))
    }
    changed: dict[Key, int] = defaultdict(int)  # the last round before which somebody of it changed

    def change(level: str, path: Iterable[str], number: int) -> None:
        for code in path:
            changed[Key(code, level)] = max(number, changed[Key(code, level)])

    for row in await session.execute(_CHANGES):
        change(row.level, (*(row.path or ()), *(row.now_path or ())), row.edition)
    for code, level, _ in _elsewhere(await _counted(session), _counting(population)):
        cell = cells.get(Key(code, level))
        change(level, (*paths[code], *(cell.path if cell else ())), _LATER)
    for key, cell in cells.items():
        if cell.own_people and tuple(cell.path) != paths[key.unit]:
            change(key.level, (*cell.path, *paths[key.unit]), _LATER)
    known = [key for key, cell in cells.items() if cell.people and cell.same and changed[key] <= cell.moved]
    return {PEOPLE: set(known), WOMEN: {key for key in known if cells[key].women is not None}}


async def _counted(session: AsyncSession) -> dict[UUID, Place]:
    """Where an older version counted everybody."""
    return {
        UUID(str(person)): (code, level, women)
        for person, code, level, women in await session.execute(_SHARES)
    }


def _counting(population: "Population") -> dict[UUID, Place]:
    """Where everybody counts now."""
    rows: Iterable[Any] = zip(population.people, population.keys, population.amounts, strict=True)
    return {person: (key.unit, key.level, int(amounts[1])) for person, key, amounts in rows}


def _elsewhere(before: Mapping[UUID, Place], now: Mapping[UUID, Place]) -> set[Place]:
    """The places of those who count at another one, or as somebody else, than before."""
    people = {person for person in before.keys() | now.keys() if before.get(person) != now.get(person)}
    return {
        place for person in people for place in (before.get(person), now.get(person)) if place is not None
    }
