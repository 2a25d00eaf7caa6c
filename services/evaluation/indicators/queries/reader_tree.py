"""The published values of an indicator in a period around people whom a reader knows, or does not know."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.evaluation.indicators.outcomes import BESIDE
from shared.auth.caller import Caller
from shared.disclosure import readable
from shared.disclosure.readers import CHANGED, LOOKS, Cell, Changes, Knowledge, withheld
from shared.editions import History, State

_CELLS = sa.text("""
select v.unit_code, v.parent_code, v.published_people, v.moved from indicator_value v
where v.indicator = :indicator and v.period = :period and v.moved > 0
  and (v.unit_code = any(:units) or v.parent_code = any(:units))
  and (cast(:inside as text[]) is null or exists (
    select from unit u where u.unit_code = v.unit_code and u.path && :inside))
""")
# Where somebody counted, from one release to another, and by which share. `place` is that of the indicator's
# people among a share's amounts; periods that overlap have their shares together.
SPANS = """
select t.indicator, t.period, s.person_id, s.share, m.first, m.last, m.path
from unnest(cast(:indicators as text[]), cast(:periods as text[]), cast(:cubes as text[]), cast(:places as int[]))
    as t(indicator, period, cube, place)
join release_member m on m.cube = t.cube and m.period = t.period
join release_share s on s.cube = m.cube and s.share = m.share and s.period in (m.period, '')
where s.amounts[t.place] is not null
"""
# Whoever changed since a release, and counted in one of the units before or after.
_CHANGED = sa.text(f"""
{SPANS} and s.person_id in (
    select distinct a.person_id from release_member b
    join release_share a on a.cube = b.cube and a.share = b.share and a.period in (b.period, '')
    where b.cube = t.cube and b.period = t.period and b.path && :units
        and (b.first > :since or b.last >= :since) limit :most)
order by s.person_id, m.first
""")
# What stands beside an indicator has its amounts behind those of it.
_CUBES = {beside: indicator for indicator, beside in BESIDE.items()}
PLACES = {"OC-03:unplanned": 3, "OC-04:unplanned": 6}


def columns(trees: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Trees as parameters of a statement."""
    found = list(trees)
    indicators = [indicator for indicator, _ in found]
    return {
        "indicators": indicators,
        "periods": [period for _, period in found],
        "cubes": [_CUBES.get(code, code) for code in indicators],
        "places": [PLACES.get(code, 1) for code in indicators],
    }


class Listed(NamedTuple):
    """Listed people of a tree: where each counts now, and the spans of releases that each counted in."""

    now: dict[UUID, Sequence[str]]
    released: dict[UUID, list[Any]]


class Tree:
    """The published cells of an indicator in a period, around listed people."""

    def __init__(
        self, session: AsyncSession, caller: Caller, tree: tuple[str, str], listed: Listed, *, known: bool
    ) -> None:
        self.session = session
        self.values = {
            "indicator": tree[0], "period": tree[1], "most": CHANGED + 1, **columns([tree]),
            "inside": None if known else list(caller.units),
        }  # fmt: skip
        self.now = listed.now
        self.known = known
        self.reads = not known or readable.by_relation(caller)
        people = {**listed.now, **listed.released}
        self.histories = [history(person, listed.released.get(person, ())) for person in people]
        self.cells: dict[str, Cell] = {}
        self.explored: set[str] = set()
        self.changed: dict[UUID, History] = {}
        self.looked: set[str] = set()
        self.beyond: set[str] = set()

    async def withheld(self) -> frozenset[str]:
        """The units whose cells are withheld."""
        await self._explore({code for one in self.histories for code in one.units})
        for _ in range(LOOKS):
            units = frozenset(self.looked - self.beyond)
            changes = Changes(list(self.changed.values()), units, frozenset(self.beyond))
            found = withheld(self.cells, Knowledge(self.histories, self.known), changes, self.explored)
            if found.final:
                return found.withheld
            await self._look(found.changes_in)
            await self._explore(found.parts_of)
        return frozenset(self.cells)

    def whole(self, unit_code: str, people: int) -> bool:
        """Whether all people who count in a unit now are known."""
        if not self.reads:
            return False
        listed = sum(unit_code in path for path in self.now.values())
        return people == listed if self.known else not listed

    async def _explore(self, units: Iterable[str]) -> None:
        wanted = sorted(set(units) - self.explored)
        if wanted:
            for row in await self.session.execute(_CELLS, self.values | {"units": wanted}):
                parent = row.parent_code or None
                self.cells[row.unit_code] = Cell(row.unit_code, parent, row.published_people, row.moved)
            self.explored |= set(wanted)

    async def _look(self, units: Iterable[str]) -> None:
        wanted = sorted(set(units) - self.looked)
        if not wanted:
            return
        releases = [cell.edition for cell in self.cells.values()]
        found: dict[UUID, list[Any]] = {}
        if releases and min(releases) < max(releases):  # cells of one release agree on everybody
            values = self.values | {"units": wanted, "since": min(releases)}
            for row in await self.session.execute(_CHANGED, values):
                found.setdefault(row.person_id, []).append(row)
        self.looked |= set(wanted)
        if len(found) > CHANGED:
            self.beyond |= set(wanted)
        self.changed |= {person: history(person, own) for person, own in found.items()}


def history(person: UUID, spans: Sequence[Any]) -> History:
    """By which share somebody counted in each release: a step says before which release it was so."""
    steps: list[tuple[int, State | None]] = []
    release = 1
    for span in spans:
        if span.first > release:
            steps.append((span.first, None))
        state = State(tuple(span.path), (span.share,))
        if span.last is None:
            return _steps(person, steps, state)
        release = span.last + 1
        steps.append((release, state))
    return _steps(person, steps, None)


def _steps(person: UUID, steps: Sequence[tuple[int, State | None]], now: State | None) -> History:
    """One in which nothing changes has no steps."""
    return History(person, tuple(steps) if any(state != now for _, state in steps) else (), now)
