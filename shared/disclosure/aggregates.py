"""What a release is made of: a forest of cells, the shares of people that count in it, and their sums. Pure.

A *share* is what one person adds to a cell: a score, or whether the person has something (1 or 0). It has
a number of its own, which stays the same as long as nothing about it changed: whoever is assessed again
has another share. A cell counts every share at its unit and below. Sums are exact whole numbers.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shared.disclosure.measures import Key, Measure

Integers = NDArray[np.int64]
Marks = NDArray[np.bool_]

NONE = -1  # no parent, no home


@dataclass(frozen=True, slots=True)
class Forest:
    """The cells of a release; every parent stands before its children.

    `parents` holds places in `keys`, -1 for a root; `staffed` says where somebody could count at the
    unit itself. A cell that is not staffed, nor anything below it, is empty by nature, and says nothing.
    """

    keys: tuple[Key, ...]
    parents: Integers
    staffed: Marks

    def depths(self) -> Integers:
        """How many cells stand above each."""
        found, above = np.zeros(len(self.keys), dtype=np.int64), self.parents
        while (further := above != NONE).any():
            found[further] += 1
            above = np.where(further, self.parents[above], NONE)
        return found

    def totals(self, own: Integers) -> Integers:
        """Each cell's own figure with those of all cells below it."""
        found, depths = own.copy(), self.depths()
        for depth in range(int(depths.max(initial=0)), 0, -1):
            here = np.flatnonzero(depths == depth)
            np.add.at(found, self.parents[here], found[here])
        return found

    def homes(self, shown: Marks) -> Integers:
        """The lowest shown cell at or above each cell; -1 where none is shown."""
        found: Integers = np.arange(len(self.keys))
        while (hidden := (found != NONE) & ~shown[found]).any():
            found[hidden] = self.parents[found[hidden]]
        return found


def forest(parents: Mapping[Key, Key | None], staffed: Collection[Key]) -> Forest:
    """A forest of the named cells; a parent that is not named itself counts as none.

    Raises ValueError where cells stand above themselves.
    """
    below: dict[Key | None, list[Key]] = {}
    for key, parent in parents.items():
        below.setdefault(parent if parent in parents else None, []).append(key)
    keys = list(below.get(None, ()))
    for key in keys:  # grows meanwhile
        keys += below.get(key, ())
    if len(keys) != len(parents):
        raise ValueError("Cells stand above themselves.")
    places = {key: place for place, key in enumerate(keys)}
    above = [places.get(parents[key] or key, NONE) if parents[key] is not None else NONE for key in keys]
    return Forest(
        tuple(keys),
        np.array(above, dtype=np.int64),
        np.array([key in staffed for key in keys], dtype=np.bool_),
    )


@dataclass(frozen=True, slots=True)
class Shares:
    """Columns, a row for each share: its number, whose it is, the place of its own cell, and its value."""

    share: Integers
    person: Integers
    place: Integers
    value: Integers

    def only(self, rows: Marks) -> "Shares":
        """Some of the rows."""
        return Shares(self.share[rows], self.person[rows], self.place[rows], self.value[rows])


@dataclass(frozen=True, slots=True)
class Tabulation:
    """One population as it stood at one release, and the cells of which the sum is published."""

    forest: Forest
    shares: Shares
    shown: Marks

    def homes(self) -> Integers:
        """The home of each share: the lowest shown cell that it counts in, -1 for none."""
        return self.forest.homes(self.shown)[self.shares.place]


@dataclass(frozen=True, slots=True)
class Sums:
    """Per cell: people, and how far their sum is above the lowest and below the highest possible one."""

    people: Integers
    above: Integers
    below: Integers

    def total(self, measure: Measure) -> Integers:
        """The sum of values itself."""
        return self.above + self.people * measure.lowest


def sums(shares: Shares, measure: Measure, cells: int) -> Sums:
    """What counts at each cell itself, without the cells below it."""
    people = np.bincount(shares.place, minlength=cells)
    values = np.zeros(cells, dtype=np.int64)
    np.add.at(values, shares.place, shares.value)
    return Sums(people, values - people * measure.lowest, people * measure.highest - values)
