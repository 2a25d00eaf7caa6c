"""What all releases together say of whom: atoms. Pure.

An *atom* is a group of people whose shares count in the same shown cells in every release. Nobody can tell its
members apart, and every published sum is a sum of whole atoms, so it is all that subtraction can ever lead to.

Who counts where is the same for every measure of a release, and is worked out once, in a `Population`: its
*ways* are groups of shares that have the same cell of their own in every release. Which cells are shown
differs by measure, and from round to round in the new release alone: that is what `Histories` are for.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from shared.disclosure.aggregates import NONE, Integers, Marks, Tabulation
from shared.disclosure.differencing import changes
from shared.disclosure.measures import Measure


@dataclass(frozen=True, slots=True)
class Atoms:
    """Groups of shares with one history: a row of `nodes` each, a column for each tabulation.

    A node is a home in one tabulation; the same number stands for the same home in all rows, and -1 for none.
    `above` and `below` say how far a group's sum is from the lowest and the highest possible one. `who` has the
    people of all groups, one group after the other. Nobody is in a group twice, since a person counts once in
    each tabulation; but with another share somebody may be in another group.
    """

    nodes: Integers
    people: Integers
    above: Integers
    below: Integers
    who: Integers


class Population:
    """Who counts where, in a new tabulation and in all earlier ones; values and shown cells are not looked at."""

    def __init__(self, new: Tabulation, earlier: Sequence[Tabulation]) -> None:
        self.tabulations = (*earlier, new)
        self.shares = np.unique(np.concatenate([one.shares.share for one in self.tabulations]))
        self.rows = [np.searchsorted(self.shares, one.shares.share) for one in self.tabulations]
        columns = [np.full(len(self.shares), NONE, dtype=np.int64) for _ in self.tabulations]
        self.way = np.zeros(len(self.shares), dtype=np.int64)  # of each share
        self.person = np.zeros(len(self.shares), dtype=np.int64)  # whose each share is
        for column, rows, one in zip(columns, self.rows, self.tabulations, strict=True):
            column[rows] = one.shares.place
            self.person[rows] = one.shares.person
            self.way = _finer(self.way, column)
        self.people, first = _first(self.way)
        self.places = [column[first] for column in columns]  # of each way, in each tabulation
        self._changes: dict[int, Integers] = {}

    def fits(self, new: Tabulation, earlier: Sequence[Tabulation]) -> bool:
        """Whether the same people count in the same cells here."""
        return len(earlier) + 1 == len(self.tabulations) and all(
            _alike(one, other) for one, other in zip(self.tabulations, (*earlier, new), strict=True)
        )

    def changes(self, number: int) -> Integers:
        """For each cell of the new tabulation, of how many people the share differs from an earlier one."""
        if number not in self._changes:
            self._changes[number] = changes(self.tabulations[-1], self.tabulations[number])
        return self._changes[number]

    def totals(self, tabulations: Sequence[Tabulation]) -> Integers:
        """The sum of values of each way; a share has the same value wherever it counts."""
        values = np.zeros(len(self.shares), dtype=np.int64)
        for rows, one in zip(self.rows, tabulations, strict=True):
            values[rows] = one.shares.value
        found = np.zeros(len(self.people), dtype=np.int64)
        np.add.at(found, self.way, values)
        return found


class Histories:
    """The homes of each way in all earlier tabulations, to which those in the new one are added."""

    def __init__(
        self, population: Population, new: Tabulation, earlier: Sequence[Tabulation], measure: Measure
    ) -> None:
        self.population, self.new, self.measure = population, new, measure
        self.total = population.totals([*earlier, new])
        self.columns: list[Integers] = []
        self.offset = 0
        self.before = np.zeros(len(population.people), dtype=np.int64)
        for places, one in zip(population.places, earlier, strict=False):  # the last are those of the new one
            self.columns.append(_homes(places, one, one.shown, self.offset))
            self.before = _finer(self.before, self.columns[-1])
            self.offset += len(one.forest.keys)

    def atoms(self, shown: Marks) -> Atoms:
        """The groups of all shares that some shown cell counts, if these cells of the new tabulation are shown.

        Nodes are numbered through all tabulations, those of the new one from `offset`.
        """
        columns = [*self.columns, _homes(self.population.places[-1], self.new, shown, self.offset)]
        of = _finer(self.before, columns[-1])
        _, first = _first(of)
        nodes = np.stack([column[first] for column in columns], axis=1)
        people, total = np.zeros((2, len(first)), dtype=np.int64)
        np.add.at(people, of, self.population.people)
        np.add.at(total, of, self.total)
        above, below = total - people * self.measure.lowest, people * self.measure.highest - total
        counted = (nodes != NONE).any(axis=1)
        atom = of[self.population.way]  # of each share
        order = np.lexsort((self.population.person, atom))
        who = self.population.person[order[counted[atom[order]]]]
        return Atoms(nodes[counted], people[counted], above[counted], below[counted], who)


def _homes(places: Integers, tabulation: Tabulation, shown: Marks, offset: int) -> Integers:
    # Who is not there has the last, which is none.
    homes: Integers = np.append(tabulation.forest.homes(shown), NONE)[places]
    homes[homes != NONE] += offset
    return homes


def _finer(groups: Integers, column: Integers) -> Integers:
    """Groups numbered anew, apart where the column differs."""
    if not len(groups):
        return groups
    found: Integers = np.unique(groups * (int(column.max()) + 2) + column + 1, return_inverse=True)[1]
    return found


def _first(groups: Integers) -> tuple[Integers, Integers]:
    """How many rows each group has, and the first of them."""
    _, first, counts = np.unique(groups, return_index=True, return_counts=True)
    return counts.astype(np.int64), first.astype(np.int64)


def _alike(one: Tabulation, other: Tabulation) -> bool:
    return one.forest is other.forest and all(
        np.array_equal(mine, theirs)
        for mine, theirs in (
            (one.shares.share, other.shares.share),
            (one.shares.person, other.shares.person),
            (one.shares.place, other.shares.place),
        )
    )
