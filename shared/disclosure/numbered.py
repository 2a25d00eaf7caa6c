"""Atoms by a number that each keeps in all rounds of a judgement. Pure.

From one round to the next a few cells are withheld, and their people are at home elsewhere. All other atoms stay
what they are. So what was found out about them holds on, as long as what it follows from is the same (`ways.py`).
"""

from collections.abc import Sequence

import numpy as np

from shared.disclosure.aggregates import NONE, Integers
from shared.disclosure.histories import Atoms

Content = bytes  # nodes, people, room above and below, and of an exposed atom who its people are


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
        far = np.minimum(atoms.above, atoms.below) >= self.room
        shielded = ((atoms.people >= self.smallest) & far).tolist()
        rows = _bytes(np.column_stack((atoms.nodes, atoms.people, atoms.above, atoms.below)))
        who = _parts(atoms.who, np.cumsum(atoms.people))
        fresh, numbers = [], list[int]()
        for place, (row, people, safe) in enumerate(zip(rows, who, shielded, strict=True)):
            content = row if safe else row + people  # nobody asks who is in a shielded one
            number = self._numbers.get(content)
            if number is None:
                number = self._numbers[content] = len(self._numbers)
                fresh.append(place)
            numbers.append(number)
        self._add(atoms, fresh, shielded)
        self.order = [numbers[place] for place in _simplest_first(atoms).tolist()]
        self.rank = {number: rank for rank, number in enumerate(self.order)}
        return numbers

    def exposed(self) -> list[int]:
        """Those of this round that are not safe by themselves."""
        return [number for number in self.order if not self.shielded[number]]

    def _add(self, atoms: Atoms, places: Sequence[int], shielded: Sequence[bool]) -> None:
        """Atoms that were not looked at before, in the order of their numbers."""
        ends = np.cumsum(atoms.people)
        for place in places:
            if not shielded[place]:
                end = ends[place]
                self.who[len(self.nodes)] = frozenset(atoms.who[end - atoms.people[place] : end].tolist())
            self.nodes.append(tuple(node for node in atoms.nodes[place].tolist() if node != NONE))
            self.people.append(int(atoms.people[place]))
            self.above.append(int(atoms.above[place]))
            self.below.append(int(atoms.below[place]))
            self.shielded.append(shielded[place])


def _bytes(rows: Integers) -> list[bytes]:
    """Each row, so that it is found again."""
    width, found = rows.shape[1] * rows.itemsize, rows.tobytes()
    return [found[start : start + width] for start in range(0, len(found), width)]


def _parts(numbers: Integers, ends: Integers) -> list[bytes]:
    """The numbers up to each end, from the end before it."""
    found, last = numbers.tobytes(), (ends * numbers.itemsize).tolist()
    return [found[start:end] for start, end in zip([0, *last], last, strict=False)]


def _simplest_first(atoms: Atoms) -> Integers:
    """Atoms in few nodes and with much room make up for others most easily."""
    return np.lexsort((-np.minimum(atoms.above, atoms.below), (atoms.nodes != NONE).sum(axis=1)))
