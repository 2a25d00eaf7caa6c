"""An attacker's program: what all releases together give away about one to four people. Pure.

The attacker knows who counted in which cell at every release, and every published sum exactly. What is
not known is who has which value. People of one atom (`histories.py`) cannot be told apart.

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

from collections.abc import Callable, Iterable, Sequence

import numpy as np

from shared.disclosure.aggregates import NONE, Measure, Rule
from shared.disclosure.compensation import Compensation
from shared.disclosure.histories import Atoms
from shared.disclosure.moves import Moves, Programme
from shared.disclosure.unions import tied
from shared.disclosure.verdicts import Verdicts

NEAR = 200  # atoms that a search may move
FIRST = 24  # of them that are tried before all
REACH = 3  # steps from an atom over a node that it shares, to others
BLOCK = 16  # exposed atoms judged together
FEW = 12  # the same of a subset, where unions may have any size
PASSES = 8  # over what is left


def given_away(
    atoms: Atoms, measure: Measure, rule: Rule, verdicts: Verdicts | None = None
) -> frozenset[int]:
    """The atoms about whose people too much can be found out, alone or with others.

    `verdicts` are those of earlier attacks, which are not sought again; the result is the same without them.
    """
    return _Attack(atoms, measure, rule, verdicts or Verdicts()).run()


class _Attack:
    def __init__(self, atoms: Atoms, measure: Measure, rule: Rule, verdicts: Verdicts) -> None:
        self.measure, self.rule, self.verdicts = measure, rule, verdicts
        self.room, self.loose = measure.room(rule), measure.loose(rule)
        self.people = atoms.people.tolist()
        self.above = atoms.above.tolist()
        self.below = atoms.below.tolist()
        self.nodes = [[node for node in row if node != NONE] for row in atoms.nodes.tolist()]
        far = np.minimum(atoms.above, atoms.below) >= self.room
        smallest = rule.minimum if measure.subset else rule.group + 1
        self.shielded = ((atoms.people >= smallest) & far).tolist()
        self.members: dict[int, list[int]] = {}
        for place, nodes in enumerate(self.nodes):
            for node in nodes:
                self.members.setdefault(node, []).append(place)
        self._few: dict[int, list[int]] = {}  # the members of a node that are looked at

    def run(self) -> frozenset[int]:
        bound = [place for place, safe in enumerate(self.shielded) if not safe]
        made_up = Compensation(self.nodes, self.above, self.below, self.shielded, self.loose)
        bound = [place for place in bound if not self._made_up(place, made_up)]
        bound = [place for place in bound if not self._free(place)]
        for _ in range(PASSES):
            still = set(bound)
            found = set().union(*(self._judge(block, still) for block in self._blocks(bound)))
            bound = [place for place in bound if place in found]
            if not found or found == still:
                break
        return frozenset(bound)

    def _made_up(self, place: int, by: Compensation) -> bool:
        """Whether shielded atoms make up for this one in a way that needs no programme."""
        return any(self._loosened(place, (-down, 0, up)) for down, up in map(by.ends, by.combinations(place)))

    def _free(self, place: int) -> bool:
        """Whether some move of shielded atoms protects this one; few of them are tried before all."""
        near = [other for other in self._near([place]) if self.shielded[other]]
        return self._alone(place, near[:FIRST]) or (len(near) > FIRST and self._alone(place, near))

    def _alone(self, place: int, near: Sequence[int]) -> bool:
        def ask(moves: Moves) -> frozenset[int]:
            moves.range([0])
            return frozenset([0] if self._loosened(place, [point[0] for point in moves.points]) else [])

        return bool(self._verdict([place], near, ask))

    def _verdict(
        self, judged: Sequence[int], near: Sequence[int], ask: Callable[[Moves], frozenset[int]]
    ) -> frozenset[int]:
        """The columns found in a programme of these atoms. It depends on nothing that the question has not."""
        programme = self._programme([*judged, *near])
        people = [self.people[place] for place in judged]
        question = (ask.__qualname__, self.loose, self.rule.group, people, programme)
        return self.verdicts.of(question, lambda: ask(Moves(programme)))

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

    def _least(self, place: int) -> int:
        return int(min(self.above[place], self.below[place]))

    def _simple(self, place: int) -> tuple[int, int, int]:
        """Atoms in few nodes and with much room make up for others most easily."""
        return len(self.nodes[place]), -self._least(place), place

    def _programme(self, places: Sequence[int]) -> Programme:
        rows: dict[int, list[int]] = {}
        for column, place in enumerate(places):
            for node in self.nodes[place]:
                rows.setdefault(node, []).append(column)
        bounds = [(-self.above[place], self.below[place]) for place in places]
        return Programme(bounds, list(rows.values()), whole=self.measure.subset)

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
        people = [self.people[place] for place in block]
        most = None if self.measure.subset else self.rule.group

        def ask(moves: Moves) -> frozenset[int]:
            found = tied(moves, people, most, self.loose)
            ends = list(zip(*moves.points, strict=True))
            return found.union(
                column for column, place in enumerate(block) if not self._parted(place, ends[column])
            )

        near = [place for place in self._near(block) if place not in bound]
        return {block[column] for column in self._verdict(block, near, ask)}
