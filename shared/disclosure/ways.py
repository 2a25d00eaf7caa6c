"""Ways to move exposed atoms by shielded ones, found once and held on to from round to round. Pure.

The ways of an atom follow from the shielded atoms that count in its nodes, and from the compensators of their
nodes and its own. Where all of these are what they were, so are the ways.
"""

from collections.abc import Hashable, Mapping, Set
from typing import TypeVar

from shared.disclosure.compensation import MEMBERS, Combination, Compensation, Way

Key = TypeVar("Key", bound=Hashable)


class Known:
    """The ways of one atom, and the nodes that they follow from."""

    __slots__ = ("compensated", "met", "ways")

    def __init__(self, by: Compensation, place: int) -> None:
        beside = by.beside(place)
        self.ways: list[Way] = list(by.combinations(place, beside))
        self.met = frozenset(by.nodes[place])
        self.compensated = self.met.union(*(by.nodes[other] for other in beside if other is not None))


class Ways:
    """The ways of every exposed atom; the same object stands for an atom whose ways did not change."""

    def __init__(self) -> None:
        self._known: dict[int, Known] = {}
        self._members: Mapping[int, list[int]] = {}
        self._of: Mapping[int, Combination] = {}

    def look(self, by: Compensation, exposed: list[int]) -> dict[int, Known]:
        """The ways of these in a round."""
        members = {node: found[:MEMBERS] for node, found in by.members.items()}
        met, compensated = different(members, self._members), different(by.of, self._of)
        found = {}
        for place in exposed:
            known = self._known.get(place)
            if known is None or not (met.isdisjoint(known.met) and compensated.isdisjoint(known.compensated)):
                known = Known(by, place)
            found[place] = known
        self._known, self._members, self._of = found, members, by.of
        return found


def different(now: Mapping[Key, object], before: Mapping[Key, object]) -> Set[Key]:
    """The keys under which there is something else than before, or nothing any more."""
    found = {key for key, value in now.items() if before.get(key) != value}
    return found | (before.keys() - now.keys())
