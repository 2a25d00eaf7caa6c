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

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from heapq import nlargest
from typing import NamedTuple

from shared.disclosure.compensation import Change, Combination, Compensation, Way
from shared.disclosure.ways import different

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


class Mine(NamedTuple):
    """What one atom brings to others, and whom it asks."""

    of: Iterable[Way]  # that it follows from
    ways: list[Way]
    offers: dict[Nodes, tuple[int, Combination]]  # with their room
    asked: frozenset[Nodes]


class Partners:
    """Moves of exposed atoms with one or two others of them."""

    def __init__(
        self, by: Compensation, ways: Mapping[int, Iterable[Way]], before: "Partners | None" = None
    ) -> None:
        """`ways` to move each of them by shielded atoms, all that there are.

        `before` are those of the round before: where the object of ways is the same, so is what follows from it.
        """
        self.by = by
        known = before.mine if before else {}
        self.mine: dict[int, Mine] = {}
        for place, found in ways.items():
            mine = known.get(place)
            self.mine[place] = mine if mine is not None and mine.of is found else self._mine(found)
        self.offers = self._offers()
        self.changed = different(self.offers, before.offers if before else {})

    def same(self, place: int, before: "Partners | None") -> bool:
        """Whether its moves are those of the round before."""
        mine = self.mine[place]
        known = before.mine.get(place) if before else None
        return known is mine and self.changed.isdisjoint(mine.asked)

    def moves(self, place: int) -> Iterator[Move]:
        """Moves of an atom with other exposed ones."""
        for combination, left in self.mine[place].ways:
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

    def _mine(self, of: Iterable[Way]) -> Mine:
        ways, offers, asked = _simplest(of), dict[Nodes, tuple[int, Combination]](), set[Nodes]()
        for combination, left in ways:
            key, by = _nodes(left)
            asked.add(key)
            if len(left) == 2:
                asked.update(((node, 1),) for node in left)
            if key not in offers:
                offer = {other: by * times for other, times in combination.items()}
                offers[key] = sum(self.by.ends(offer)), offer
        return Mine(of, ways, offers, frozenset(asked))

    def _offers(self) -> dict[Nodes, list[Offer]]:
        """For nodes that are changed together, exposed atoms that change them, those with the most room first."""
        found: dict[Nodes, list[tuple[int, int, int, Combination]]] = {}
        for place, mine in self.mine.items():
            for key, (room, offer) in mine.offers.items():
                found.setdefault(key, []).append((room, -self.by.rank[place], place, offer))
        return {
            key: [(place, offer) for _, _, place, offer in nlargest(OFFERS, offers)]
            for key, offers in found.items()
        }


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
    return {place: times for place, times in found.items() if times} if 0 in found.values() else found


class Unions:
    """The unions that an atom may be in with so many people, and whether one of some moves is left by each.

    `who` has the people of every atom; `most` are in a union, those of the atom among them, or None where any
    number may be. A union has all atoms of its people: somebody with several shares is in several of them.
    """

    def __init__(self, who: Mapping[int, Set[int]], place: int, most: int | None) -> None:
        self.who, self.own = who, who[place]
        self.beside = None if most is None else most - len(self.own)
        self.left = self.beside is not None and self.beside < 0
        self._used: set[int] = set()

    def add(self, adverse: frozenset[int]) -> bool:
        """A move with these adverse atoms; whether no union is without a move now.

        An adverse atom is in a union with all its people. Where moves have none of them in common, each takes
        others beside the atom's own people. One of the same people takes none, and its move helps nothing.
        """
        if not adverse:
            self.left = True
        elif self.beside is not None:
            others = [self.who[place] - self.own for place in adverse]
            people = set().union(*others)
            if all(others) and self._used.isdisjoint(people):
                self._used |= people
                self.beside -= min(map(len, others))
                self.left = self.left or self.beside < 0
        return self.left
