"""An attacker's program: what all releases together give away about one to four people. Pure.

The attacker knows who counted in which cell at every release, and every published sum exactly. What is
not known is who has which value. People of one atom (`differencing.atoms`) cannot be told apart.

A *move* is a change of values that leaves every published sum as it is. Who is moved far enough by some
move is safe, since the attacker cannot know on which end of the move the truth is. So:

1. Two people of one atom may exchange. Where an atom has five people or more, and its sum is far enough
   from both ends of the scale, every group with somebody of it is safe.
2. The others are *exposed*. An exposed atom is free where a move changes it and no other exposed one: then
   every group with it is safe. The simplest such move lets groups that count in one node alone make up for
   it; for others HiGHS looks among the atoms near it: those that share a node with it, or with one that does.
3. What is exposed and not free can be safe together with others like it: five people who left five facilities,
   say. Exposed atoms are put into blocks. Where every union of one to four people in a block is moved while
   no exposed atom outside it is, all of the block are free: of any group, the part inside moves, and the
   rest does not.

The search is bounded: `NEAR` atoms at a time, blocks of `BLOCK` (`FEW` for a subset), `MOVES` moves for each, and
`PASSES` over what is left. What lies beyond counts as given away. To look at fewer atoms is to let the
attacker know the others, so a bound can only withhold more.
"""

from collections.abc import Iterable, Sequence
from itertools import combinations

import numpy as np

from shared.disclosure.aggregates import NONE, Measure, Rule
from shared.disclosure.differencing import Atoms
from shared.disclosure.moves import Moves

NEAR = 200  # atoms that a search may move
REACH = 3  # steps from an atom over a node that it shares, to others
BLOCK = 16  # exposed atoms judged together
FEW = 12  # the same of a subset, where unions may have any size
MOVES = 400  # found for one block
PASSES = 8  # over what is left


def given_away(atoms: Atoms, measure: Measure, rule: Rule) -> frozenset[int]:
    """The atoms about whose people too much can be found out, alone or with others."""
    return _Attack(atoms, measure, rule).run()


class _Attack:
    def __init__(self, atoms: Atoms, measure: Measure, rule: Rule) -> None:
        self.measure, self.rule = measure, rule
        self.room, self.loose = measure.room(rule), measure.loose(rule)
        self.people = atoms.people.tolist()
        self.above = atoms.above.tolist()
        self.below = atoms.below.tolist()
        self.nodes = [[node for node in row if node != NONE] for row in atoms.nodes.tolist()]
        far = np.minimum(atoms.above, atoms.below) >= self.room
        smallest = rule.minimum if measure.subset else rule.group + 1
        self.shielded = ((atoms.people >= smallest) & far).tolist()
        self.exposed = [place for place, safe in enumerate(self.shielded) if not safe]
        self.members: dict[int, list[int]] = {}
        for place, nodes in enumerate(self.nodes):
            for node in nodes:
                self.members.setdefault(node, []).append(place)
        self.single = self._single()
        self._few: dict[int, list[int]] = {}  # the members of a node that are looked at

    def run(self) -> frozenset[int]:
        bound = [place for place in self.exposed if not self._free_by_singles(place)]
        bound = [place for place in bound if not self._free(place)]
        for _ in range(PASSES):
            still = set(bound)
            found = set().union(*(self._judge(block, still) for block in self._blocks(bound)))
            bound = [place for place in bound if place in found]
            if not found or found == still:
                break
        return frozenset(bound)

    def _single(self) -> dict[int, int]:
        """For each node, the shielded atom with the most room that counts in no other."""
        found: dict[int, int] = {}
        for place, nodes in enumerate(self.nodes):
            if len(nodes) == 1 and self.shielded[place]:
                other = found.get(nodes[0])
                if other is None or self._least(place) > self._least(other):
                    found[nodes[0]] = place
        return found

    def _least(self, place: int) -> int:
        return int(min(self.above[place], self.below[place]))

    def _free_by_singles(self, place: int) -> bool:
        """Whether atoms that count in one node alone can make up for whatever this one moves by."""
        others = [self.single.get(node) for node in self.nodes[place]]
        if any(other is None for other in others):
            return False
        up = min(self.below[place], *(self.above[other] for other in others if other is not None))
        down = min(self.above[place], *(self.below[other] for other in others if other is not None))
        return self._loosened(place, (-min(down, self.loose), 0, min(up, self.loose)))

    def _free(self, place: int) -> bool:
        near = [other for other in self._near([place]) if self.shielded[other]]
        moves = self._moves([place, *near])
        moves.range([0])
        return self._loosened(place, [point[0] for point in moves.points])

    def _loosened(self, place: int, points: Sequence[float]) -> bool:
        """Whether these moves protect the whole atom, and a part of its people."""
        alone = self.people[place] > self.rule.group and not self.measure.subset
        return (alone or max(points) - min(points) >= self.loose) and self._parted(place, points)

    def _parted(self, place: int, points: Sequence[float]) -> bool:
        """Whether the sum can be far from both ends, so that people of the atom may exchange.

        Between two moves of scores lies another one; of a subset one must be known.
        """
        if self.people[place] == 1:
            return True
        lowest, highest = self.loose - self.above[place], self.below[place] - self.loose
        if self.measure.subset:
            return any(lowest <= point <= highest for point in points)
        return bool(max(min(points), lowest) <= min(max(points), highest))

    def _near(self, places: Sequence[int]) -> list[int]:
        """The atoms that share a node with these, those that share one with them, and so on, nearest first."""
        found = dict.fromkeys(places)
        edge: Iterable[int] = places
        for _ in range(REACH):
            fresh: dict[int, None] = {}
            for node in {node for place in edge for node in self.nodes[place]}:
                fresh.update(dict.fromkeys(self._simplest(node)))
            edge = [place for place in sorted(fresh, key=self._simple) if place not in found]
            found.update(dict.fromkeys(edge))
            if len(found) >= NEAR:
                break
        return [place for place in found if place not in set(places)][:NEAR]

    def _simplest(self, node: int) -> list[int]:
        if node not in self._few:
            self._few[node] = sorted(self.members[node], key=self._simple)[:NEAR]
        return self._few[node]

    def _simple(self, place: int) -> tuple[int, int, int]:
        """Atoms in few nodes and with much room make up for others most easily."""
        return len(self.nodes[place]), -self._least(place), place

    def _moves(self, places: Sequence[int]) -> Moves:
        rows: dict[int, list[int]] = {}
        for column, place in enumerate(places):
            for node in self.nodes[place]:
                rows.setdefault(node, []).append(column)
        bounds = [(-self.above[place], self.below[place]) for place in places]
        return Moves(bounds, list(rows.values()), whole=self.measure.subset)

    def _blocks(self, bound: Sequence[int]) -> Iterable[list[int]]:
        """Exposed atoms that are not free, put together with others near them."""
        most = FEW if self.measure.subset else BLOCK
        left = dict.fromkeys(bound)
        while left:
            first = next(iter(left))
            block = [first, *(other for other in self._near([first]) if other in left)][:most]
            for place in block:
                del left[place]
            yield block

    def _judge(self, block: list[int], bound: set[int]) -> set[int]:
        """The atoms of a block that are not free; exposed ones of other blocks do not move meanwhile."""
        others = [place for place in self._near(block) if place not in bound]
        return self._unions(block, self._moves([*block, *others]))

    def _unions(self, block: list[int], moves: Moves) -> set[int]:
        for column in range(len(block)):
            moves.range([column])
        ends = zip(block, zip(*moves.points, strict=True), strict=False)  # other columns follow
        found = {place for place, points in ends if not self._parted(place, points)}
        points = np.array(moves.points)
        for union in self._groups(block):
            if np.ptp(points[:, union].sum(axis=1)) >= self.loose:
                continue
            if len(moves.points) > MOVES:
                return set(block)
            down, up = moves.range(union)
            points = np.array(moves.points)
            if up - down < self.loose:
                found |= {block[column] for column in union}
        return found

    def _groups(self, block: list[int]) -> Iterable[list[int]]:
        """Unions that are judged: of one to four people, of a subset all."""
        size = len(block) if self.measure.subset else self.rule.group
        for count in range(1, size + 1):
            for columns in combinations(range(len(block)), count):
                people = sum(self.people[block[column]] for column in columns)
                if self.measure.subset or people <= self.rule.group:
                    yield list(columns)
