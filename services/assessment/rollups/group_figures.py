"""Figures of a group of people as arrays, and what one person adds to them or takes away.

Per competency: people with a score, sum of their scores in hundredths, people below target, a
histogram of five bins, one per point of the scale (a score counts at the nearest point, x.50 at the
upper one), and people whose score rests on their own answers alone. Everything is a sum, so a unit's
figures are those of its parts added, a correction is a difference, and both equal a computation from
scratch.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from shared.events.framework import COMPETENCIES

FIGURES = 1 + len(COMPETENCIES)  # that are published each by itself: people, then competencies
BINS = 5


@dataclass(frozen=True, slots=True)
class Counted:
    """One person as counted in a period: stored scores (None: none) and targets, in hundredths.

    `unverified` says of each score whether it rests on the self score alone.
    """

    scores: Sequence[int | None]
    targets: Sequence[int]
    unverified: Sequence[bool]


@dataclass(slots=True)
class Figures:
    """Sums over people; `histogram` has five bins per competency one after the other.

    `unverified` counts people of `counts`, and is of live figures only: nothing publishes it.
    """

    people: int
    counts: list[int]
    sums: list[int]
    below: list[int]
    histogram: list[int]
    unverified: list[int]

    @classmethod
    def empty(cls, competencies: int = 11) -> "Figures":
        """Nobody."""
        zeros = [0] * competencies
        return cls(0, zeros, zeros[:], zeros[:], [0] * (competencies * BINS), zeros[:])

    def add(self, person: Counted, times: int = 1) -> None:
        """Count a person (`times` 1) or take a person out again (-1)."""
        self.people += times
        columns = zip(person.scores, person.targets, person.unverified, strict=True)
        for place, (score, target, unverified) in enumerate(columns):
            if score is None:
                continue
            self.counts[place] += times
            self.sums[place] += times * score
            self.below[place] += times * (score < target)
            self.histogram[place * BINS + bin_of(score)] += times
            self.unverified[place] += times * unverified

    def merge(self, other: "Figures", times: int = 1) -> None:
        """Add another group's figures, or take them out."""
        self.people += times * other.people
        for mine, theirs in zip(self.arrays(), other.arrays(), strict=True):
            for place, value in enumerate(theirs):
                mine[place] += times * value

    def arrays(self) -> tuple[list[int], ...]:
        """counts, sums, below, histogram, unverified."""
        return self.counts, self.sums, self.below, self.histogram, self.unverified

    def is_zero(self) -> bool:
        """Whether adding these figures would change nothing."""
        return self.people == 0 and not any(any(values) for values in self.arrays())


def bin_of(score: int) -> int:
    """Bin 0..4 of a score of 100..500 hundredths."""
    return min(max((score + 50) // 100, 1), BINS) - 1


def figures(people: Iterable[Counted], competencies: int = 11) -> Figures:
    """The figures of a group from scratch."""
    total = Figures.empty(competencies)
    for person in people:
        total.add(person)
    return total


def difference(old: Counted | None, new: Counted | None, competencies: int = 11) -> Figures:
    """What changes when a person counted as `old` counts as `new`; None: was or is not counted."""
    change = Figures.empty(competencies)
    if old is not None:
        change.add(old, -1)
    if new is not None:
        change.add(new)
    return change
