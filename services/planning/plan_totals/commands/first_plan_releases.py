"""At the first start with releases: what an older version had published becomes the first release of each period.

A hub may remember it, so the releases that follow are judged beside it. A figure of a unit goes into it where its
people are known still: where it is of those who count now, and none of them changed since it was published. All
others are withheld, until a release shows them.

It is judged as any other. An older version published that nine of nine people had a plan agreed, which a release
never shows: beside that no later release of the figure could show anything.
"""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.plan_totals.commands import publication
from services.planning.plan_totals.commands.plan_facts import (
    CLOSED_OTHERWISE,
    COMPLETED,
    FIGURES_BY_CUBE,
    OF_PLANS,
    PEOPLE,
)
from services.planning.plan_totals.commands.publication import CLOSED
from shared import clock
from shared.database.engine import Database, lock
from shared.releases.due_dates import Due
from shared.settings import Settings
from shared.suppression import small

if TYPE_CHECKING:  # numpy would come with it at every start
    from shared.disclosure.aggregates import Forest
    from shared.releases.population import Population

LOCK = "planning-first-releases"  # replicas start together: one makes them

Cells = Mapping[str, Mapping[str, Any]]  # rows of an older version by figure and unit
Counted = dict[UUID, tuple[str, int]]  # of who has something in a figure, the unit and how much

# Tables of an older version, which nobody writes any more. Each figure is a slice there: people with plans are
# the slice '', plans closed one that holds those completed.
_PERIODS = sa.text("""
select distinct c.period from total_cell c where c.version > 0 and not exists (
    select from release r where r.cube = any(:cubes) and r.period = c.period)
order by 1
""")
_CELLS = sa.text("""
select slice, unit_code, path, moved, version, people, figures from total_cell where period = :period
""")
_SHARES = sa.text("""
select person_id, unit_code, figures[1] as figure from total_share where (period, slice) = (:period, :slice)
""")
# Who changed since, with the paths before and now: units that moved in this edition or later have it.
_CHANGES = sa.text("""
select h.edition, h.path, c.path as now_path from total_change h
left join total_share s using (period, slice, person_id)
left join total_cell c on (c.period, c.slice, c.unit_code) = (s.period, s.slice, s.unit_code)
where (h.period, h.slice) = (:period, :slice)
""")
_NEVER = 1 << 31  # an edition that no unit moved in


def begin(settings: Settings) -> Callable[[Database], Awaitable[None]]:
    """A start-up step of a federation: safe to repeat, and in several replicas at once."""

    async def step(database: Database) -> None:
        if settings.federation == "none":
            return
        async with database.looking() as session:
            await lock(session, LOCK)
            cubes = list(FIGURES_BY_CUBE)
            for period in (await session.scalars(_PERIODS, {"cubes": cubes})).all():
                await _begin(session, period)

    return step


async def _begin(session: AsyncSession, period: str) -> None:
    from services.planning.plan_totals.commands import plan_cubes, released_plans
    from shared.disclosure.measures import Key, Rule
    from shared.releases import commands
    from shared.releases.population import tree

    cells = _by_slice((await session.execute(_CELLS, {"period": period})).all())
    paths = sorted((cell.path for cell in cells[PEOPLE].values()), key=len, reverse=True)
    populations, forest = await released_plans.read(session, period, tree(paths))
    unchanged = {
        figure: await _unchanged(session, (period, figure), of, counted_in(figure, populations), forest)
        for figure, of in cells.items()
    }
    shown = {figure: {Key(unit) for unit in units} for figure, units in _parts(cells, unchanged).items()}
    due = Due(period, clock.today())
    made = [
        await commands.begin(session, cube, due, populations[name], forest, shown, Rule())
        for name, cube in plan_cubes.CUBES.items()
    ]
    await publication.begin(session, [one.release for one in made], _versions(cells))


def _by_slice(rows: Iterable[Any]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {figure: {} for figure in (PEOPLE, CLOSED, *OF_PLANS)}
    for row in rows:
        found[row.slice or PEOPLE][row.unit_code] = row
    return found


def _versions(cells: Cells) -> dict[str, int]:
    """By unit the version of the item that was sent last: the sum of those of its figures."""
    found: defaultdict[str, int] = defaultdict(int)
    for figure, of in cells.items():
        for unit, cell in of.items():
            if cell.version and (figure == PEOPLE or cell.people is not None):
                found[unit] += cell.version
    return found


def counted_in(figure: str, populations: Mapping[str, "Population"]) -> Counted:
    """Who has something in a figure of an older version now, of the populations that are released."""
    parts = {PEOPLE: (), CLOSED: (COMPLETED, CLOSED_OTHERWISE)}.get(figure, (figure,))
    cube, figures = next(one for one in FIGURES_BY_CUBE.items() if set(parts) <= set(one[1]))
    # As in `plan_cubes`: people first, then each figure behind what is judged in its place.
    columns = [2 * figures.index(part) + 2 for part in parts] or [0]
    of = populations[cube]
    amounts = (sum(int(row[column]) for column in columns) for row in of.amounts)
    rows = zip(of.people, of.keys, amounts, strict=True)
    return {person: (key.unit, amount) for person, key, amount in rows if amount}


async def _unchanged(
    session: AsyncSession, what: tuple[str, str], cells: Mapping[str, Any], now: Counted, forest: "Forest"
) -> set[str]:
    """The units whose published figure is of those who count now, and who counted when it was published."""
    asked = {"period": what[0], "slice": "" if what[1] == PEOPLE else what[1]}
    places = paths(forest)
    sums: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0])
    for unit, amount in now.values():
        for above in places[unit]:
            sums[above] = [sums[above][0] + 1, sums[above][1] + amount]
    since: defaultdict[str, int] = defaultdict(lambda: 1)  # the edition that a unit must have moved in
    left = dict(now)
    async for person, unit, figure in await session.stream(_SHARES, asked):
        before, after = tuple(cells[unit].path), left.pop(person, None)
        if after != (unit, figure) or before != places[unit]:
            _note(since, (*before, *(places[after[0]] if after else ())), _NEVER)
    for unit, _ in left.values():
        _note(since, places[unit], _NEVER)
    async for number, path, now_path in await session.stream(_CHANGES, asked):
        _note(since, (*(path or ()), *(now_path or ())), number)
    return {
        unit
        for unit, cell in cells.items()
        if cell.people is not None
        and cell.moved >= since[unit]
        and [cell.people, *cell.figures] == sums[unit]
    }


def _note(since: defaultdict[str, int], units: Iterable[str], number: int) -> None:
    for unit in units:
        since[unit] = max(since[unit], number)


def paths(forest: "Forest") -> dict[str, tuple[str, ...]]:
    """Of each unit of a forest the units from the root down to it."""
    found: dict[str, tuple[str, ...]] = {}
    for key, above in zip(forest.keys, forest.parents.tolist(), strict=True):
        found[key.unit] = (*(found[forest.keys[above].unit] if above >= 0 else ()), key.unit)
    return found


def _parts(cells: Cells, unchanged: Mapping[str, set[str]]) -> dict[str, set[str]]:
    """The same for the figures that are released.

    Of plans closed those otherwise than completed are known where both the sum and those completed were told.
    """

    def published(unit: str) -> bool:
        closed, completed = cells[CLOSED].get(unit), cells[COMPLETED][unit]
        known = closed.figures[0] if closed is not None and closed.people is not None else 0
        return not small(known - completed.figures[0])

    completed = {unit for unit in unchanged[COMPLETED] if published(unit)}
    return {**unchanged, COMPLETED: completed, CLOSED_OTHERWISE: completed & unchanged[CLOSED]}
