"""The published roll-ups of a period and level around people whom a reader knows, or does not know."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.assessment.rollups.editions import FIGURES, state_of
from shared.auth.caller import Caller
from shared.disclosure import readable
from shared.disclosure.readers import CHANGED, LOOKS, Cell, Changes, Decision, Knowledge, share, withheld
from shared.editions import History, State

_CELLS = sa.text("""
select r.unit_code, r.parent, p.people, p.counts, p.moved
from rollup r join published_rollup p using (unit_code, period, level)
where r.period = :period and r.level = :level and (r.unit_code = any(:units) or r.parent = any(:units))
  and (cast(:inside as text[]) is null or exists (
    select from unit u where u.unit_code = r.unit_code and u.path && :inside))
""")
# Whoever changed and counts, or counted, in one of the units.
_CHANGED = sa.text("""
select h.person_id, h.edition, h.path, h.scores, h.targets,
    c.path as now_path, c.scores as now_scores, c.targets as now_targets
from rollup_change h left join counted c using (period, level, person_id)
where h.period = :period and h.level = :level and h.person_id in (
    select a.person_id from rollup_change a left join counted n using (period, level, person_id)
    where a.period = :period and a.level = :level and (a.path && :units or n.path && :units) limit :most)
order by h.person_id, h.edition
""")

Scored = tuple[int, int]  # a score, and 1 where it is below target


@dataclass(frozen=True, slots=True)
class View:
    """How one reader has a cell.

    `live` is the number of people who count in it now where all of them are readable; else `withheld`
    names competencies, -1 the cell, and `known` what readable people add to each as it was published.
    """

    live: int | None = None
    withheld: frozenset[int] = frozenset()
    known: Mapping[int, Sequence[Scored]] = field(default_factory=dict)


class Listed:
    """Rows of the people who are listed, and whether they are those who are known, or those who are not."""

    def __init__(self, rows: tuple[Sequence[Any], Sequence[Any]], *, known: bool) -> None:
        self.now, self.before = rows
        self.known = known

    def people(self, level: str) -> dict[UUID, list[Any]]:
        """Per person the row of now, or None, and those from before."""
        found: dict[UUID, list[Any]] = {row.person_id: [row] for row in self.now if row.level == level}
        for row in self.before:
            if row.level == level:
                found.setdefault(row.person_id, [None]).append(row)
        return found


class Tree:
    """The published cells of a period and level around the listed people."""

    def __init__(
        self, session: AsyncSession, caller: Caller, period: str, level: str, listed: Listed
    ) -> None:
        self.session = session
        self.values = {
            "period": period, "level": level, "most": CHANGED + 1,
            "inside": None if listed.known else list(caller.units),
        }  # fmt: skip
        self.people = listed.people(level)
        self.known = listed.known
        self.whole = not listed.known or readable.by_relation(caller)
        self.histories = [
            [_history(person, rows, figure) for person, rows in self.people.items()]
            for figure in range(FIGURES)
        ]
        self.shapes = [tuple(map(_shape, own)) for own in self.histories]
        self.units = frozenset().union(*(one.units for one in self.histories[0]))
        self.cells: dict[str, Any] = {}
        self.sizes: list[tuple[tuple[int, int], ...]] = []  # per figure, of each cell people and edition
        self.explored: set[str] = set()
        self.changed: list[tuple[History, ...]] = [()] * FIGURES
        self.looked: set[str] = set()
        self.beyond: set[str] = set()

    async def withheld(self) -> list[frozenset[str]]:
        """Per figure the units whose cells are withheld."""
        await self._explore(self.units)
        for _ in range(LOOKS):
            decisions = self._decide()
            if all(one.final for one in decisions):
                return [one.withheld for one in decisions]
            await self._look(frozenset().union(*(one.changes_in for one in decisions)))
            await self._explore(frozenset().union(*(one.parts_of for one in decisions)))
        return [frozenset(self.cells)] * FIGURES

    def view(self, cell: Any, decided: Sequence[frozenset[str]]) -> View:
        """One cell as the reader has it."""
        inside = sum(rows[0] is not None and cell.unit_code in rows[0].path for rows in self.people.values())
        if self.whole and cell.people and cell.people == (inside if self.known else cell.people - inside):
            return View(live=cell.people)
        places = [figure - 1 for figure, units in enumerate(decided) if cell.unit_code in units]
        return View(withheld=frozenset(places), known=self._known(cell.unit_code))

    def _known(self, code: str) -> dict[int, list[Scored]]:
        if code not in self.units & self.cells.keys() or not self.known:
            return {}
        found = {}
        for figure in range(1, FIGURES):
            own = _cell(self.cells[code], figure)
            shares = [share(one, own) for one in self.histories[figure]]
            found[figure - 1] = [(one[0], one[1]) for one in shares if one is not None]
        return found

    def _decide(self) -> list[Decision]:
        """Each figure judged; those whose cells and people are alike are judged once."""
        made: dict[object, Decision] = {}
        return [self._figure(figure, made) for figure in range(FIGURES)]

    def _figure(self, figure: int, made: dict[object, Decision]) -> Decision:
        key = self.sizes[figure], self.shapes[figure], self.changed[figure]
        if key not in made:
            # What never moved shows nothing.
            cells = {code: _cell(row, figure) for code, row in self.cells.items() if row.moved[figure]}
            units = frozenset(self.looked - self.beyond)
            changes = Changes(self.changed[figure], units, frozenset(self.beyond))
            made[key] = withheld(cells, Knowledge(self.shapes[figure], self.known), changes, self.explored)
        return made[key]

    async def _explore(self, units: Iterable[str]) -> None:
        wanted = sorted(set(units) - self.explored)
        if not wanted and self.sizes:
            return
        rows = await self.session.execute(_CELLS, self.values | {"units": wanted})
        self.cells |= {row.unit_code: row for row in rows}
        self.explored |= set(wanted)
        found = [((row.people, *row.counts), row.moved) for row in self.cells.values()]
        self.sizes = [
            tuple([(people[figure], moved[figure]) for people, moved in found]) for figure in range(FIGURES)
        ]

    async def _look(self, units: Iterable[str]) -> None:
        wanted = sorted(set(units) - self.looked)
        if not wanted:
            return
        rows = (await self.session.execute(_CHANGED, self.values | {"units": wanted})).all()
        self.looked |= set(wanted)
        found: dict[UUID, list[Any]] = {}
        for row in rows:
            found.setdefault(row.person_id, [_Now.of(row)]).append(row)
        if len(found) > CHANGED:
            self.beyond |= set(wanted)
        for figure, before in enumerate(self.changed):
            fresh = (_shape(_history(person, own, figure)) for person, own in found.items())
            known = {one.person: one for one in (*before, *fresh) if one.before}
            self.changed[figure] = tuple(known.values())


@dataclass(frozen=True, slots=True)
class _Now:
    path: Sequence[str]
    scores: Sequence[int | None]
    targets: Sequence[int]

    @classmethod
    def of(cls, row: Any) -> "_Now | None":
        return None if row.now_path is None else cls(row.now_path, row.now_scores, row.now_targets)


def _cell(row: Any, figure: int) -> Cell:
    people = row.counts[figure - 1] if figure else row.people
    return Cell(row.unit_code, row.parent, people, row.moved[figure])


def _history(person: UUID, rows: Sequence[Any], figure: int) -> History:
    now, *before = rows
    steps = tuple((row.edition, state_of(row.path, row.scores, row.targets, figure)) for row in before)
    return History(person, steps, now and state_of(now.path, now.scores, now.targets, figure))


def _shape(one: History) -> History:
    """The same up to the size of scores; a history in which nothing changes has no steps."""
    states = [one.now, *(each for _, each in one.before)]
    numbers: dict[tuple[int, ...], int] = {}

    def alike(each: State | None) -> State | None:
        return each and State(each.path, (numbers.setdefault(each.figures, len(numbers)),))

    if all(each == one.now for each in states):
        return History(one.person, (), alike(one.now))
    return History(one.person, tuple((step, alike(each)) for step, each in one.before), alike(one.now))
