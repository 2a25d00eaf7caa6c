"""The published values of an indicator in a period around people whom a reader knows, or does not know."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.evaluation.facts.paths import Paths
from services.evaluation.facts.queries import load_paths
from shared.auth.caller import Caller
from shared.database.engine import raw
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
# Whoever changed and counts, or counted, in one of the units, in today's tree or an earlier one.
_CHANGED = sa.text("""
select h.person_id, h.change, h.path, h.numerator, h.denominator,
    c.unit_code, c.numerator as now_numerator, c.denominator as now_denominator
from share_change h left join contribution c using (indicator, period, person_id)
where h.indicator = :indicator and h.period = :period and h.person_id in (
    select a.person_id from share_change a left join contribution n using (indicator, period, person_id)
    left join unit u on u.unit_code = n.unit_code
    where a.indicator = :indicator and a.period = :period and (a.path && :units or u.path && :units or exists (
        select from earlier_path e where e.unit_code = any(u.path) and e.path && :units)) limit :most)
order by h.person_id, h.change
""")


def columns(trees: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Trees as parameters of a statement."""
    found = list(trees)
    return {"indicators": [tree[0] for tree in found], "periods": [tree[1] for tree in found]}


class Tree:
    """The published cells of an indicator in a period, around listed people."""

    def __init__(
        self,
        session: AsyncSession,
        caller: Caller,
        tree: tuple[str, str],
        listed: tuple[Mapping[UUID, Any], Mapping[UUID, Sequence[Any]]],
        *,
        paths: Paths,
        known: bool,
    ) -> None:
        self.session = session
        self.paths, self.period = paths, tree[1]
        self.values = {
            "indicator": tree[0], "period": tree[1], "most": CHANGED + 1,
            "inside": None if known else list(caller.units),
        }  # fmt: skip
        self.now, self.before = listed
        self.known = known
        self.reads = not known or readable.by_relation(caller)
        self.histories: list[History] = []
        self.cells: dict[str, Cell] = {}
        self.explored: set[str] = set()
        self.changed: dict[UUID, History] = {}
        self.looked: set[str] = set()
        self.beyond: set[str] = set()

    async def withheld(self) -> frozenset[str]:
        """The units whose cells are withheld."""
        self.histories = [
            _history(person, self._now(self.now.get(person)), self.before.get(person, ()))
            for person in {**self.now, **self.before}
        ]
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
        listed = sum(one.now is not None and unit_code in one.now.path for one in self.histories)
        return people == listed if self.known else not listed

    def _now(self, row: Any) -> State | None:
        if row is None:
            return None
        return State(self.paths.at(row.unit_code, self.period), (row.numerator, row.denominator))

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
        rows = (await self.session.execute(_CHANGED, self.values | {"units": wanted})).all()
        self.looked |= set(wanted)
        paths = await load_paths(
            await raw(self.session), {row.unit_code for row in rows if row.unit_code is not None}
        )
        found: dict[UUID, list[Any]] = {}
        for row in rows:
            found.setdefault(row.person_id, []).append(row)
        if len(found) > CHANGED:
            self.beyond |= set(wanted)
        for person, own in found.items():
            self.changed[person] = _history(person, self._later(paths, own[0]), own)

    def _later(self, paths: Paths, row: Any) -> State | None:
        if row.unit_code is None:
            return None
        return State(paths.at(row.unit_code, self.period), (row.now_numerator, row.now_denominator))


def _history(person: UUID, now: State | None, before: Sequence[Any]) -> History:
    """What somebody's share was and is; one in which nothing changes has no steps."""
    steps = tuple(
        (row.change, None if row.path is None else State(tuple(row.path), (row.numerator, row.denominator)))
        for row in before
    )
    return History(person, steps if any(state != now for _, state in steps) else (), now)
