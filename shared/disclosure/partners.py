"""Exposed people who make up for one another. Pure.

Where shielded atoms leave some node changed, another exposed atom may put it right: one who came to a district
and one who left it. Such a move is told apart by its *adverse* atoms, the exposed ones that go the other way. A
union of exposed atoms that has the first atom of the move and no adverse one is moved by it, whatever else it
has. So an atom is safe in every union where a move has no adverse atom at all, or where there are several moves,
no two with the same adverse atom, and more of them than the people whom a union can have beside: one then
has its adverse atoms outside.

Who adds people up with weights may give an adverse atom less weight, or one that goes the same way a weight
below nothing. So no sum with weights is safe unless a move has *all* its other exposed atoms outside.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from heapq import nlargest
from typing import NamedTuple

from shared.disclosure.compensation import Change, Combination, Compensation, Way

WAYS = 4  # of moving one atom by shielded ones
OFFERS = 16  # exposed atoms that may put the same nodes right

Offer = tuple[int, Combination]  # an exposed atom, and a combination with it
Nodes = tuple[tuple[int, int], ...]  # nodes that are changed, the first of them by one more


class Move(NamedTuple):
    """How far an atom can be moved down and up, which exposed atoms go the other way meanwhile, and which move."""

    down: int
    up: int
    adverse: frozenset[int]
    moved: frozenset[int]


class Partners:
    """Moves of exposed atoms with one or two others of them."""

    def __init__(self, by: Compensation, ways: Mapping[int, Iterable[Way]]) -> None:
        """`ways` to move each of them by shielded atoms, all that there are."""
        self.by = by
        self.ways = {place: _simplest(found) for place, found in ways.items()}
        self.offers = self._offers()

    def moves(self, place: int) -> Iterator[Move]:
        """Moves of an atom with other exposed ones."""
        for combination, left in self.ways[place]:
            for several in self._put_right(left):
                others = [other for _, (other, _) in several]
                found = _together(combination, ((by, offer) for by, (_, offer) in several))
                if place not in others and len(set(others)) == len(others):
                    moved = frozenset(other for other in others if other in found)
                    yield Move(*self.by.ends(found), frozenset(one for one in moved if found[one] < 0), moved)

    def _put_right(self, left: Change) -> Iterator[Sequence[tuple[int, Offer]]]:
        """Offers that change these nodes, all at once or one by one, and how often each is taken away."""
        key, by = _nodes(left)
        for offer in self.offers.get(key, ()):
            yield [(by, offer)]
        if len(left) == 2:
            (one, times), (other, more) = left.items()
            pairs = zip(self.offers.get(((one, 1),), ()), self.offers.get(((other, 1),), ()), strict=False)
            for mine, theirs in pairs:
                yield [(times, mine), (more, theirs)]

    def _offers(self) -> dict[Nodes, list[Offer]]:
        """For nodes that are changed together, exposed atoms that change them, those with the most room first."""
        found: dict[Nodes, dict[int, Combination]] = {}
        for place, ways in self.ways.items():
            for combination, left in ways:
                key, by = _nodes(left)
                offer = {other: by * times for other, times in combination.items()}
                found.setdefault(key, {}).setdefault(place, offer)
        return {key: nlargest(OFFERS, offers.items(), key=self._room) for key, offers in found.items()}

    def _room(self, offer: Offer) -> tuple[int, int]:
        down, up = self.by.ends(offer[1])
        return down + up, -offer[0]


def _nodes(left: Change) -> tuple[Nodes, int]:
    """What is changed, in order, and whether the other way about (-1)."""
    nodes = sorted(left.items())
    by = nodes[0][1]
    return tuple((node, change * by) for node, change in nodes), by


def _simplest(ways: Iterable[Way]) -> list[Way]:
    return sorted((way for way in ways if way[1]), key=lambda way: len(way[1]))[:WAYS]


def _together(combination: Combination, offers: Iterable[tuple[int, Combination]]) -> Combination:
    found = dict(combination)
    for by, offer in offers:
        for place, times in offer.items():
            found[place] = found.get(place, 0) - by * times
    return {place: times for place, times in found.items() if times}


class Unions:
    """The unions that an atom may be in with so many other people, and whether one of some moves is left by each.

    `beside` is None where any number of others may be in them; `people` has those of every atom.
    """

    def __init__(self, people: Sequence[int], beside: int | None) -> None:
        self.people, self.beside = people, beside
        self.left = beside is not None and beside < 0
        self._used: set[int] = set()

    def add(self, adverse: frozenset[int]) -> bool:
        """A move with these adverse atoms; whether no union is without a move now."""
        if not adverse:
            self.left = True
        elif self.beside is not None and self._used.isdisjoint(adverse):
            self._used |= adverse
            self.beside -= min(self.people[place] for place in adverse)
            self.left = self.left or self.beside < 0
        return self.left
