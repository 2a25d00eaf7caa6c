"""Which published cells are withheld from one reader, who may read some of their people one by one. Pure.

A published cell stands for nobody or for five people and more. A leader who subtracts the team from a
cell of six has the sixth person. So the people whom the reader may read do not count: a cell is
withheld where one to four of its people are *outside*, that is, not readable otherwise, and so are as
many cells as it takes that adding and subtracting cells leaves no one to four outside people either.

**The rule.** Say a person is *at home* in the lowest shown cell that they count in. A combination of
cells gives everybody at home in a cell the same factor. Where five people who are outside, and count
the same in all cells, are at home, a combination that leaves fewer than five must give that home the
factor 0. So this is asked of every cell in which some readable person is at home: five such people, or
nobody outside at all. No combination that may tell then has anything of a readable person in it, and
it leaves the reader exactly what it leaves somebody who knows nobody; that is safe by the rule of
the release (`shared.editions`). This holds for whole numbers of times and any depth of the tree.

Cells of a tree may be published in different editions, and somebody's share may have changed
between them. Such a person counts towards no five, and is at home wherever the share is not the same
in a cell as in its parts.

Example: a district of eight, whose office has six people, five of them the reader's team. One is outside
and at home in the district: less the facilities, the district would tell of that person. The smallest
facility is withheld, and the district is shown.

Not covered: what a reader remembers of earlier editions, and other periods and figures.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from shared.editions import History
from shared.suppression import SMALLEST_CELL, small

# How far every service looks for one reader.
LOOKS = 12  # rounds in which more of a tree is looked at; where more were needed, all is withheld
CHANGED = 500  # people whose changes are looked at in a round; where there are more, the home is withheld

Share = tuple[int, ...] | None  # what somebody adds to a cell, None: nothing


@dataclass(frozen=True, slots=True)
class Cell:
    """A published total: how many people, in which edition, and the unit above in the tree of its period."""

    unit_code: str
    parent: str | None
    people: int
    edition: int


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What the reader may read otherwise, by listing people: those who are known, or those who are not.

    `people` are listed with their shares in the tree; nobody else is known, or everybody else is.
    """

    people: Sequence[History]
    known: bool = True


@dataclass(frozen=True, slots=True)
class Changes:
    """People whose share changed since some cell was published, of everybody in these units.

    `beyond` names units in which too many changed to look at them.
    """

    people: Sequence[History] = ()
    units: frozenset[str] = frozenset()
    beyond: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Decision:
    """Cells withheld from the reader; not final while parts or changes of some units must be looked at."""

    withheld: frozenset[str]
    parts_of: frozenset[str] = frozenset()
    changes_in: frozenset[str] = frozenset()

    @property
    def final(self) -> bool:
        """Whether all was known that it takes."""
        return not self.parts_of and not self.changes_in


def share(history: History, cell: Cell) -> Share:
    """What somebody adds to a cell as it was published."""
    state = history.at(cell.edition)
    return state.figures if state is not None and cell.unit_code in state.path else None


def withheld(
    cells: Mapping[str, Cell], knowledge: Knowledge, changes: Changes, explored: Iterable[str]
) -> Decision:
    """Judge the cells that were published: those on the ways of listed people, with all their siblings.

    `explored` are units of which all parts that were published are in `cells`.
    """
    return _Judgement(cells, knowledge, changes, frozenset(explored)).decide()


class _Judgement:
    def __init__(
        self, cells: Mapping[str, Cell], knowledge: Knowledge, changes: Changes, explored: frozenset[str]
    ) -> None:
        self.cells = cells
        self.explored = explored
        self.changes = changes
        self.below: dict[str, list[str]] = {}
        for cell in cells.values():
            if cell.parent is not None:
                self.below.setdefault(cell.parent, []).append(cell.unit_code)
        listed = {one.person for one in knowledge.people}
        others = [one for one in changes.people if one.person not in listed]
        outside: Sequence[History] = others
        self.readable: Sequence[History] = knowledge.people
        if not knowledge.known:
            self.readable, outside = others, knowledge.people
        self.moved = [one for one in outside if one.before]
        self.outside = self._outside(knowledge)
        self.shown = {code for code in cells if not small(self.outside[code])}
        self.parts_of: set[str] = set()
        self.changes_in: set[str] = set()

    def _outside(self, knowledge: Knowledge) -> dict[str, int]:
        """How many people of each cell the reader may not read."""
        listed = dict.fromkeys(self.cells, 0)
        for one in knowledge.people:
            for code in one.units & self.cells.keys():
                listed[code] += share(one, self.cells[code]) is not None
        if not knowledge.known:
            return listed
        return {code: cell.people - listed[code] for code, cell in self.cells.items()}

    def decide(self) -> Decision:
        """From the lowest cells upwards: what is withheld below makes others at home above."""
        for code in sorted(self.cells, key=lambda code: (-self._depth(code), code)):
            if code in self.shown:
                self._settle(code)
        hidden = frozenset(self.cells.keys() - self.shown)
        return Decision(hidden, frozenset(self.parts_of), frozenset(self.changes_in))

    def _depth(self, code: str) -> int:
        depth, above = 0, self.cells[code].parent
        while above is not None and above in self.cells and depth <= len(self.cells):
            depth, above = depth + 1, self.cells[above].parent
        return depth

    def _settle(self, home: str) -> None:
        """Withhold the smallest part of a cell until it is safe, and where none is left the cell itself."""
        while True:
            parts = self._nearest(home)
            if not self._touched(home, parts):
                return
            if home not in self.changes.units | self.changes.beyond:
                self.changes_in.add(home)
                return
            if home not in self.changes.beyond and self._safe(home, parts):
                return
            able = [part for part in parts if self.outside[part]]
            if not able or home in self.changes.beyond:
                self.shown.discard(home)
                return
            smallest = min(able, key=lambda part: (self.outside[part], part))
            self.shown.discard(smallest)
            if smallest not in self.explored:
                self.parts_of.add(smallest)
                return

    def _nearest(self, unit: str) -> list[str]:
        """The first shown cell on each way down."""
        found, waiting = [], list(self.below.get(unit, ()))
        while waiting:
            code = waiting.pop()
            if code in self.shown:
                found.append(code)
            else:
                waiting.extend(self.below.get(code, ()))
        return found

    def _touched(self, home: str, parts: Sequence[str]) -> bool:
        """Whether some readable person is at home here."""
        people = self._known(home) - sum(map(self._known, parts))
        return people != 0 or any(self._left(one, home, parts) for one in self.readable)

    def _known(self, code: str) -> int:
        return self.cells[code].people - self.outside[code]

    def _safe(self, home: str, parts: Sequence[str]) -> bool:
        """Whether five outside people who count the same everywhere are at home here, or nobody outside is."""
        constant = self.outside[home] - sum(self.outside[part] for part in parts)
        moved = False
        for one in self.moved:
            shares = [self._share(one, code) for code in (home, *parts)]
            constant -= (shares[0] is not None) - sum(each is not None for each in shares[1:])
            moved = moved or self._left(one, home, parts)
        return constant >= SMALLEST_CELL or (constant == 0 and not moved)

    def _left(self, one: History, home: str, parts: Sequence[str]) -> bool:
        """Whether anything is left of somebody's share when the parts are subtracted."""
        inside = [each for part in parts if (each := self._share(one, part)) is not None]
        whole = self._share(one, home)
        return inside != ([] if whole is None else [whole])

    def _share(self, one: History, code: str) -> Share:
        return share(one, self.cells[code]) if code in one.units else None
