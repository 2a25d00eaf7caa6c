"""Atoms near others: those that share a node with them, those that share one with these, and so on. Pure.

What is near follows from the atoms of the nodes that are passed, and from their order, which atoms that stay what
they are keep from round to round. So it holds on where none of these nodes has other atoms than before.
"""

from collections.abc import Mapping, Sequence, Set

from shared.disclosure.ways import different

REACH = 3  # steps from an atom over a node that it shares, to others

Found = tuple[list[int], Set[int]]  # the atoms near some, and the nodes from which this follows


class Nearest:
    """The atoms of one round, of each node the first `most` alone."""

    def __init__(
        self,
        nodes: Sequence[Sequence[int]],
        rank: Mapping[int, int],
        most: int,
        before: "Nearest | None" = None,
    ) -> None:
        """`nodes` has a place for each atom, `rank` those that there are, in their order.

        `before` are those of another round, of which all is taken over that holds on.
        """
        self.rank, self.most = rank, most
        self._order = list(rank)
        self._nodes = nodes
        self._members: dict[int, list[int]] = {}
        for place in rank:
            for node in nodes[place]:
                members = self._members.setdefault(node, [])
                if len(members) < most:
                    members.append(place)
        self._ranks: dict[int, list[int]] = {}  # of members, which sort by themselves
        self._found = before.unchanged(self._members) if before else {}

    def to(self, places: Sequence[int]) -> list[int]:
        """The atoms near these, without them, the nearest first; at most so many as of a node."""
        key = tuple(places)
        if key not in self._found:
            self._found[key] = self._sought(places)
        return self._found[key][0]

    def unchanged(self, members: Mapping[int, list[int]]) -> dict[tuple[int, ...], Found]:
        """What was found and would be found again where nodes have these members."""
        changed = different(members, self._members)
        return {key: found for key, found in self._found.items() if changed.isdisjoint(found[1])}

    def _sought(self, places: Sequence[int]) -> Found:
        start = {self.rank[place] for place in places}
        edge, numbers, passed = list(places), list[int](), set[int]()
        for _ in range(REACH):
            fresh = {node for place in edge for node in self._nodes[place]} - passed
            step = sorted(set().union(*map(self._of, fresh)).difference(start, numbers))
            edge = [self._order[number] for number in step]
            numbers += step
            passed |= fresh
            if len(places) + len(numbers) >= self.most:
                break
        return [self._order[number] for number in numbers[: self.most]], passed

    def _of(self, node: int) -> list[int]:
        found = self._ranks.get(node)
        if found is None:
            found = self._ranks[node] = [self.rank[place] for place in self._members[node]]
        return found
