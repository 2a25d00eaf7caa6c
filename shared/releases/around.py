"""Rows of stored releases: who counted where, what was shown there, and who was at home in a cell."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from shared.disclosure.measures import Key
from shared.disclosure.nearby import Cell, Way
from shared.releases.cubes import Cube

# In the order in which they were judged.
_RELEASES = sa.text("""
select r.period, r.number, r.made_at, exists (select from release_cell c
    where (c.cube, c.period, c.unit_code, c.level, c.number) = (r.cube, r.period, '', '', r.number)) as complete
from release r where r.cube = :cube and (cast(:period as text) is null or r.period = :period)
order by r.made_at, r.period, r.number
""")
_SHARES = sa.text("""
select s.share, s.person_id, s.amounts, m.period, m.first, m.last, m.level, m.path
from release_share s join release_member m
    on m.cube = s.cube and m.share = s.share and m.period = any(:periods) and s.period in (m.period, '')
where s.cube = :cube and s.person_id = any(:people)
""")
# Cells of which a reader may ask.
_INSIDE = """(cast(:inside as text[]) is null or exists (
    select from unit u where u.unit_code = {cell}.unit_code and u.path && :inside))
"""
_CELLS = f"""
select c.period, c.number, c.unit_code, c.level, c.above, c.figures, c.people from release_cell c
where c.cube = :cube and c.period = any(:periods) and not c.unit_code = '' and {{which}}
    and {_INSIDE.format(cell="c")}
"""
_ON_WAYS = sa.text(_CELLS.format(which="c.unit_code = any(:units)"))
_PARTS = sa.text(_CELLS.format(which="c.above = any(:units)"))
# A way is open in a release where a figure that is shown of the cell is shown of none below it there. Nobody is at
# home in a cell by way of one next below it that shows the same in every release.
_AT_HOME = sa.text(f"""
with closed as (
    select l.unit_code from release_cell c join release_cell l using (cube, period, level, number)
    where c.cube = :cube and c.period = any(:periods) and c.unit_code = :unit and c.level = :level
        and l.above = :unit and l.figures @> c.figures and {_INSIDE.format(cell="l")}
    group by 1 having count(*) = (select count(*) from release_cell
        where cube = :cube and period = any(:periods) and unit_code = :unit and level = :level)
), way as (
    select distinct period, level, path from release_member
    where cube = :cube and period = any(:periods) and path @> array[:unit] and level = :level
        and not path && array(select unit_code from closed)
), open as (
    select w.period, w.path, c.number from way w join release_cell c
        on c.cube = :cube and c.period = w.period and c.unit_code = :unit and c.level = :level
    where not c.figures <@ (
        select coalesce(array_agg(f), '{{}}') from release_cell l cross join unnest(l.figures) f
        where l.cube = :cube and l.period = w.period and l.level = :level and l.number = c.number
            and l.unit_code = any(w.path[array_position(w.path, :unit) + 1:])
            and {_INSIDE.format(cell="l")})
)
select s.person_id, min(array_position(cast(:order as text[]), concat(o.period, ' ', o.number))) - 1 as since
from open o
join release_member m on m.cube = :cube and m.period = o.period and m.level = :level and m.path = o.path
    and m.path @> array[:unit] and o.number >= m.first and (m.last is null or o.number <= m.last)
join release_share s on s.cube = :cube and s.share = m.share and s.period in (m.period, '')
group by 1 order by 2, 1 limit :most
""")

ShareRow = tuple[UUID, tuple[Way, ...], Sequence[int | None]]  # person, ways, amounts


class Made(NamedTuple):
    """A release, and whether all that it shows is in `release_cell`."""

    period: str
    number: int
    made_at: datetime
    complete: bool


async def releases(session: AsyncSession, cube: Cube, period: str) -> list[Made]:
    """All releases whose shares count in this period, in the order in which they were made."""
    values = {"cube": cube.name, "period": None if cube.overlapping else period}
    return [Made(*row) for row in await session.execute(_RELEASES, values)]


class Rows:
    """What is stored of a cube's releases; `inside` are units whose cells the reader may ask for, None: all."""

    def __init__(
        self, session: AsyncSession, cube: Cube, made: Sequence[Made], inside: tuple[str, ...] | None
    ) -> None:
        self.session, self.width = session, len(cube.measures)
        self.place = {(one.period, one.number): place for place, one in enumerate(made)}
        self.values: dict[str, Any] = {
            "cube": cube.name,
            "periods": sorted({one.period for one in made}),
            "inside": None if inside is None else list(inside),
        }

    async def shares(self, people: Collection[UUID]) -> dict[int, ShareRow]:
        """All shares of these people by number, with the way of each in each release."""
        found: dict[int, tuple[UUID, list[Way], Sequence[int | None]]] = {}
        for row in await self.session.execute(_SHARES, self.values | {"people": list(people)}):
            amounts = [*row.amounts, *[None] * (self.width - len(row.amounts))]
            _, ways, _ = found.setdefault(row.share, (row.person_id, [()] * len(self.place), amounts))
            way = tuple([Key(unit, row.level) for unit in row.path])
            for place in self._places(row):
                ways[place] = way
        return {share: (person, tuple(ways), amounts) for share, (person, ways, amounts) in found.items()}

    def _places(self, row: Any) -> Iterator[int]:
        number = row.first
        while (place := self.place.get((row.period, number))) is not None:
            yield place
            if number == row.last:
                return
            number += 1

    async def cells(self, units: Collection[str]) -> list[tuple[int, Key, Cell]]:
        """What releases show of these units."""
        return await self._cells(_ON_WAYS, units)

    async def parts(self, units: Collection[str]) -> list[tuple[int, Key, Cell]]:
        """What they show of the next cells below these units."""
        return await self._cells(_PARTS, units)

    async def _cells(self, statement: sa.TextClause, units: Collection[str]) -> list[tuple[int, Key, Cell]]:
        found = []
        for row in await self.session.execute(statement, self.values | {"units": list(units)}):
            above = Key(row.above, row.level) if row.above is not None else None
            people = dict(zip(row.figures, row.people, strict=True))
            found.append(
                (self.place[row.period, row.number], Key(row.unit_code, row.level), Cell(above, people))
            )
        return found

    async def at_home(self, key: Key, most: int) -> list[tuple[UUID, int]]:
        """Who was at home in a cell by some figure, since which release: the first so many, and one more."""
        order = [f"{period} {number}" for period, number in self.place]
        values = self.values | {"unit": key.unit, "level": key.level, "most": most + 1, "order": order}
        return [(row.person_id, row.since) for row in await self.session.execute(_AT_HOME, values)]
