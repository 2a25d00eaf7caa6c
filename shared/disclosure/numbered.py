"""Atoms by a number that each keeps in all rounds of a judgement. Pure.

From one round to the next a few cells are withheld, and their people are at home elsewhere. All other atoms stay
what they are. So what was found out about them holds on, as long as what it follows from is the same (`ways.py`).
"""

import numpy as np

from shared.disclosure.aggregates import NONE, Integers
from shared.disclosure.histories import Atoms

Content = tuple[tuple[int, ...], int, int, tuple[int, ...] | int]


class Numbered:
    """Lists with a place for each atom that was ever looked at, and the order of those that there are now."""

    def __init__(self, room: int, smallest: int) -> None:
        """Shielded is who has so much `room` on both sides, and as many people as the `smallest` crowd."""
        self.room, self.smallest = room, smallest
        self.nodes: list[tuple[int, ...]] = []
        self.people: list[int] = []
        self.above: list[int] = []
        self.below: list[int] = []
        self.shielded: list[bool] = []
        self.who: dict[int, frozenset[int]] = {}  # of those that are exposed
        self.order: list[int] = []  # the simplest first
        self.rank: dict[int, int] = {}  # the place in `order`
        self._numbers: dict[Content, int] = {}

    def look(self, atoms: Atoms) -> list[int]:
        """The atoms of a round from now on; returns the number of each."""
        nodes = [tuple(node for node in row if node != NONE) for row in atoms.nodes.tolist()]
        far = np.minimum(atoms.above, atoms.below) >= self.room
        shielded = ((atoms.people >= self.smallest) & far).tolist()
        columns = (atoms.people.tolist(), atoms.above.tolist(), atoms.below.tolist())
        numbers, end = [], 0
        for own, people, above, below, safe in zip(nodes, *columns, shielded, strict=True):
            end += people
            # Nobody asks who is in a shielded one.
            who = people if safe else tuple(atoms.who[end - people : end].tolist())
            content = own, above, below, who
            number = self._numbers.get(content)
            if number is None:
                number = self._numbers[content] = len(self.nodes)
                self._add(own, people, above, below)
                self.shielded.append(safe)
                if isinstance(who, tuple):
                    self.who[number] = frozenset(who)
            numbers.append(number)
        self.order = [numbers[place] for place in _simplest_first(atoms).tolist()]
        self.rank = {number: rank for rank, number in enumerate(self.order)}
        return numbers

    def exposed(self) -> list[int]:
        """Those of this round that are not safe by themselves."""
        return [number for number in self.order if not self.shielded[number]]

    def _add(self, nodes: tuple[int, ...], people: int, above: int, below: int) -> None:
        self.nodes.append(nodes)
        self.people.append(people)
        self.above.append(above)
        self.below.append(below)


def _simplest_first(atoms: Atoms) -> Integers:
    """Atoms in few nodes and with much room make up for others most easily."""
    return np.lexsort((-np.minimum(atoms.above, atoms.below), (atoms.nodes != NONE).sum(axis=1)))
