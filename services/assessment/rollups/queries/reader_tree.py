"""The published roll-ups of a period and level around people whom a reader knows, or does not know."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.assessment.rollups.group_figures import FIGURES
from services.assessment.tables.rollup_releases import CUBE
from shared.auth.caller import Caller
from shared.disclosure import readable
from shared.disclosure.readers import CHANGED, LOOKS, Cell, Changes, Decision, Knowledge, share, withheld
from shared.editions import History, State
from shared.events.framework import COMPETENCIES

_CELLS = sa.text("""
select r.unit_code, r.parent, p.people, p.counts, p.moved
from rollup r join published_rollup p using (unit_code, period, level)
where r.period = :period and r.level = :level and (r.unit_code = any(:units) or r.parent = any(:units))
  and (cast(:inside as text[]) is null or exists (
    select from unit u where u.unit_code = r.unit_code and u.path && :inside))
""")
# Where somebody counted, from one release to another, and what was added there.
SPANS = f"""
select s.person_id, m.level, m.first, m.last, m.path, s.amounts
from release_share s join release_member m using (cube, period, share)
where s.cube = '{CUBE}' and s.period = :period
"""
_RELEASES = sa.text("""
select coalesce(min(m), 0), coalesce(max(m), 0) from published_rollup cross join unnest(moved) m
where period = :period and level = :level and m > 0
""")
# Whoever changed since a release, and counted in one of the units before or after.
_CHANGED = sa.text(f"""
{SPANS} and m.level = :level and s.person_id in (
    select distinct a.person_id from release_share a join release_member b using (cube, period, share)
    where a.cube = '{CUBE}' and a.period = :period and b.level = :level and b.path && :units
        and (b.first > :since or b.last >= :since) limit :most)
order by s.person_id, m.first
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
    """The people who are listed, and whether they are those who are known, or those who are not.

    `live` has a row for each who counts now, `released` one for each span of releases that somebody counted in.
    """

    def __init__(self, live: Sequence[Any], released: Sequence[Any], *, known: bool) -> None:
        self.live, self.released = live, released
        self.known = known

    def spans(self, level: str) -> dict[UUID, list[Any]]:
        """Per person who counts now or did in a release, the spans in order."""
        found: dict[UUID, list[Any]] = {row.person_id: [] for row in self.live if row.level == level}
        for row in self.released:
            if row.level == level:
                found.setdefault(row.person_id, []).append(row)
        return found

    def paths(self, level: str) -> list[Sequence[str]]:
        """Where they count now."""
        return [row.path for row in self.live if row.level == level]


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
        self.people = listed.spans(level)
        self.paths = listed.paths(level)
        self.known = listed.known
        self.whole = not listed.known or readable.by_relation(caller)
        self.histories = [
            [history(person, spans, figure) for person, spans in self.people.items()]
            for figure in range(FIGURES)
        ]
        self.shapes = [tuple(map(_shape, own)) for own in self.histories]
        self.units = frozenset().union(*(one.units for one in self.histories[0]))
        self.cells: dict[str, Any] = {}
        self.sizes: list[tuple[tuple[int, int], ...]] = []  # per figure, of each cell people and edition
        self.explored: set[str] = set()
        self.changed: list[tuple[History, ...]] = [()] * FIGURES
        self.releases: tuple[int, int] | None = None  # the oldest and the newest that a cell shows
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
        inside = sum(cell.unit_code in path for path in self.paths)
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
        if self.releases is None:
            self.releases = tuple((await self.session.execute(_RELEASES, self.values)).one())
        oldest, newest = self.releases
        found: dict[UUID, list[Any]] = {}
        if oldest < newest:  # cells of one release agree on everybody
            values = self.values | {"units": wanted, "since": oldest}
            for row in await self.session.execute(_CHANGED, values):
                found.setdefault(row.person_id, []).append(row)
        self.looked |= set(wanted)
        if len(found) > CHANGED:
            self.beyond |= set(wanted)
        for figure, before in enumerate(self.changed):
            fresh = (_shape(history(person, own, figure)) for person, own in found.items())
            known = {one.person: one for one in (*before, *fresh) if one.before}
            self.changed[figure] = tuple(known.values())


def _cell(row: Any, figure: int) -> Cell:
    people = row.counts[figure - 1] if figure else row.people
    return Cell(row.unit_code, row.parent, people, row.moved[figure])


def history(person: UUID, spans: Sequence[Any], figure: int) -> History:
    """What somebody added to a figure in each release: a step says before which release it was so."""
    steps: list[tuple[int, State | None]] = []
    release = 1
    for span in spans:
        if span.first > release:
            steps.append((span.first, None))
        state = _state(span, figure)
        if span.last is None:
            return History(person, tuple(steps), state)
        release = span.last + 1
        steps.append((release, state))
    return History(person, tuple(steps), None)


def _state(span: Any, figure: int) -> State | None:
    """Somebody's share of a figure: only that people count, or score and whether it is below target."""
    if not figure:
        return State(tuple(span.path), ())
    score, below = span.amounts[figure], span.amounts[len(COMPETENCIES) + figure]
    return None if score is None else State(tuple(span.path), (score, below))


def _shape(one: History) -> History:
    """The same up to the size of scores; a history in which nothing changes has no steps."""
    states = [one.now, *(each for _, each in one.before)]
    numbers: dict[tuple[int, ...], int] = {}

    def alike(each: State | None) -> State | None:
        return each and State(each.path, (numbers.setdefault(each.figures, len(numbers)),))

    if all(each == one.now for each in states):
        return History(one.person, (), alike(one.now))
    return History(one.person, tuple((step, alike(each)) for step, each in one.before), alike(one.now))
