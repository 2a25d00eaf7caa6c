"""Which cells of a forest are shown, and which withheld so that nothing follows by subtraction. Pure.

Whatever can be computed from the published sums of a forest is put together of *homes*: a shown cell
less the next shown cells below it. So every home must be safe by itself: as many people in it as the
smallest cell, and their sum far enough from both ends of the scale. Where one is not, the smallest
part below is withheld, which adds its people to the home, and where no part is left the cell itself,
which adds them to the home above. This goes from below upwards, over the whole forest at once; what
is safe stays safe when more is added, so nothing has to be looked at twice.

A withheld cell may be empty, and that must not show either: a home in which somebody could count is
safe with nobody in it no more than with one to four.
"""

from heapq import heapify, heappop, heappush

import numpy as np

from shared.disclosure.aggregates import NONE, Forest, Integers, Marks, Sums
from shared.disclosure.measures import Measure, Rule


def suppress(forest: Forest, own: Sums, measure: Measure, rule: Rule, suppressed: Marks) -> Marks:
    """The cells shown; those of `suppressed` are not.

    `own` holds what counts at each cell itself. Takes time for each cell and each withheld cell once.
    """
    small = _small(forest, own, suppressed, (rule.minimum, measure.room(rule)))
    work = _Suppression(forest, own, small, measure, rule)
    parents, forced = forest.parents.tolist(), suppressed.tolist()
    for place in np.flatnonzero(~small)[::-1].tolist():
        shown = not forced[place] and work.settle(place)
        work.shown[place] = shown
        if parents[place] >= 0:
            work.pass_up(place, parents[place])
    return np.array(work.shown, dtype=np.bool_)


def _small(forest: Forest, own: Sums, suppressed: Marks, least: tuple[int, int]) -> Marks:
    """Cells with none below that are withheld: nearly all of a country, so they are told apart as arrays."""
    people, room = least
    lowest = np.ones(len(forest.keys), dtype=np.bool_)
    lowest[forest.parents[forest.parents != NONE]] = False
    safe = (own.people >= people) & (own.above >= room) & (own.below >= room)
    return np.asarray(lowest & (suppressed | ~safe))


class _Suppression:
    """Homes while they grow: people, room above and below, whether somebody could count, and the parts."""

    def __init__(self, forest: Forest, own: Sums, small: Marks, measure: Measure, rule: Rule) -> None:
        """`small` are withheld, and counted in the cells above from the beginning."""
        self.minimum, self.room = rule.minimum, measure.room(rule)
        self.size = forest.totals(own.people).tolist()
        rows = np.flatnonzero(small & (forest.parents != NONE))
        into = forest.parents[rows]
        self.people = _merged(own.people, rows, into)
        self.above = _merged(own.above, rows, into)
        self.below = _merged(own.below, rows, into)
        self.possible = [count > 0 for count in _merged(forest.staffed.astype(np.int64), rows, into)]
        self.parts: list[list[int]] = [[] for _ in self.people]
        self.shown = [False] * len(self.people)

    def settle(self, place: int) -> bool:
        """Whether the cell can be shown, with as many of its parts as that leaves."""
        if self._safe(place):
            return True
        if not self.parts[place]:
            return False
        able = [(self.size[part], part) for part in self.parts[place]]
        heapify(able)
        while able and not self._safe(place):
            _, part = heappop(able)
            self.shown[part] = False
            self._merge(part, place)
            for below in self.parts[part]:
                heappush(able, (self.size[below], below))
        self.parts[place] = [part for _, part in able]
        return self._safe(place)

    def pass_up(self, place: int, parent: int) -> None:
        """A shown cell is a part of its parent; of a withheld one the people are, and the parts below."""
        if self.shown[place]:
            self.parts[parent].append(place)
        else:
            self._merge(place, parent)
            self.parts[parent] += self.parts[place]

    def _merge(self, part: int, place: int) -> None:
        self.people[place] += self.people[part]
        self.above[place] += self.above[part]
        self.below[place] += self.below[part]
        self.possible[place] = self.possible[place] or self.possible[part]

    def _safe(self, place: int) -> bool:
        if not self.possible[place] and not self.people[place]:
            return bool(self.parts[place])
        if self.people[place] < self.minimum:
            return False
        return bool(self.above[place] >= self.room and self.below[place] >= self.room)


def _merged(own: Integers, rows: Integers, into: Integers) -> list[int]:
    found = own.copy()
    np.add.at(found, into, own[rows])
    merged: list[int] = found.tolist()
    return merged
