"""Moves that are found without a linear programme: people who make up for others. Pure.

To move an atom by one point, each of its nodes must lose that point again. A *compensator* of a node is a
combination of shielded atoms that changes this node by one and no other: an atom that counts in this node alone;
or one atom more and another less, where the first counts in one node more than the second. Those who were in a
district at all four releases, less those who came between the first and the second, change the district's first
sum alone. From there it goes on: an atom of whose nodes all but one have a compensator makes one for the last.

Whatever is found here is a move, which is a proof by itself. Where nothing is found, a programme is asked.
"""

from collections import Counter, deque
from collections.abc import Iterator, Sequence
from heapq import nsmallest

TRIED = 6  # shielded atoms that an atom is exchanged with
MEMBERS = 150  # of a node, among which these are sought
LONGEST = 12  # atoms in one compensator

Combination = dict[int, int]  # by how much each atom is moved for one point
Change = dict[int, int]  # by how much each node is changed then
Way = tuple[Combination, Change]  # with the nodes that it leaves changed

_NONE: Combination = {}


class Compensation:
    """Compensators of nodes; the lists have a place for each atom, and `loose` is how far is far enough.

    `order` has the atoms that are looked at, the simplest first; all of them in their order, if it is left out.
    """

    def __init__(
        self,
        nodes: Sequence[Sequence[int]],
        above: Sequence[int],
        below: Sequence[int],
        shielded: Sequence[bool],
        loose: int,
        order: Sequence[int] | None = None,
    ) -> None:
        self.nodes, self.above, self.below, self.loose = nodes, above, below, loose
        order = range(len(nodes)) if order is None else order
        self.rank = {place: rank for rank, place in enumerate(order)}
        self.alike = {tuple(nodes[place]): place for place in order if shielded[place]}
        self.members: dict[int, list[int]] = {}
        for key, place in self.alike.items():
            for node in key:
                self.members.setdefault(node, []).append(place)
        self.of: dict[int, Combination] = {}
        self._pairs()
        self._extend()

    def combinations(self, place: int, beside: Sequence[int | None] | None = None) -> Iterator[Way]:
        """Ways to move an exposed atom by one, and the nodes that each leaves changed, by one more or less.

        `beside` are the atoms that it is exchanged with, where they are known.
        """
        here = self.nodes[place]
        for other in self.beside(place) if beside is None else beside:
            there = () if other is None else self.nodes[other]
            start = {place: 1} if other is None else {place: 1, other: -1}
            change = {node: 1 for node in here if node not in there}
            change |= {node: -1 for node in there if node not in here}
            found = self._with(start, change)
            if found:
                yield found, {node: by for node, by in change.items() if node not in self.of}

    def ends(self, found: Combination) -> tuple[int, int]:
        """How often a combination can be taken away, and how often added; told up to `loose`."""
        down = up = self.loose
        for place, times in found.items():
            above, below = self.above[place], self.below[place]
            if times != 1:  # as it mostly is, and this runs most often of all
                above, below = (
                    (above // times, below // times) if times > 0 else (below // -times, above // -times)
                )
            if above < down:
                down = above
            if below < up:
                up = below
        return down, up

    def _pairs(self) -> None:
        """For each node the best of single atoms and of pairs, where it is good enough."""
        best: dict[int, int] = {}
        for key, place in self.alike.items():
            for at, node in enumerate(key):
                rest = key[:at] + key[at + 1 :]
                if rest and rest not in self.alike:
                    continue
                found = {place: 1, self.alike[rest]: -1} if rest else {place: 1}
                room = min(self.ends(found))
                if room > best.get(node, self.loose - 1):
                    best[node], self.of[node] = room, found

    def _extend(self) -> None:
        """Go on from the nodes that have a compensator to others."""
        waiting = deque(self.alike.values())
        while waiting:
            place = waiting.popleft()
            missing = [node for node in self.nodes[place] if node not in self.of]
            if len(missing) != 1:
                continue
            found = self._with({place: 1}, dict.fromkeys(self.nodes[place], 1))
            if found and min(self.ends(found)) >= self.loose:
                self.of[missing[0]] = found
                waiting.extend(self.members[missing[0]])

    def beside(self, place: int) -> list[int | None]:
        """Shielded atoms to exchange with: nobody, and those that differ in the fewest nodes."""
        here = self.nodes[place]
        shared = Counter(other for node in here for other in self.members.get(node, ())[:MEMBERS])
        far = [(len(self.nodes[other]) - 2 * both, self.rank[other], other) for other, both in shared.items()]
        return [None, *(other for _, _, other in nsmallest(TRIED, far))]

    def _with(self, start: Combination, change: Change) -> Combination | None:
        """A combination with the compensators that its changed nodes have; None where it grows too long."""
        found = dict(start)
        for node, by in change.items():
            for place, times in self.of.get(node, _NONE).items():
                found[place] = found.get(place, 0) - by * times
        if 0 in found.values():
            found = {place: times for place, times in found.items() if times}
        return found if len(found) <= LONGEST else None
