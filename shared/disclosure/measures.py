"""The names of cells, the scales of figures, and how many people must stand behind one. Pure.

Without arrays, so that whoever reads releases needs none.
"""

from dataclasses import dataclass
from typing import NamedTuple


class Key(NamedTuple):
    """A cell: a unit, and a level or another declared breakdown of its people."""

    unit: str
    level: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """The smallest cell, and how many people at most nothing may be found out about together."""

    minimum: int = 5

    @property
    def group(self) -> int:
        """Whom a mean is protected for: one to four people, fewer where cells are smaller."""
        return min(4, self.minimum - 1)


@dataclass(frozen=True, slots=True)
class Measure:
    """A scale of whole numbers: scores from 100 to 500 hundredths, or 0 and 1 for a subset of a cell.

    A scale of one number counts people and nothing else: `Measure("people", 1, 1)`. Every share has the value 1.
    """

    name: str
    lowest: int = 100
    highest: int = 500

    @property
    def count(self) -> bool:
        """Whether it is the number of people itself: everybody adds the same, so there is no value to find out."""
        return self.highest == self.lowest

    @property
    def subset(self) -> bool:
        """Whether it counts who has something: women, people below target, those of a numerator."""
        return self.highest - self.lowest == 1

    def room(self, rule: Rule) -> int:
        """How far the sum of a group must be from both ends of what is possible.

        A mean within 50 hundredths for four people is a sum within 200; whatever one to four people
        have together is then never bounded within 200, one score least of all within 100. Of a subset
        those who have it, and those who do not, are each as many as the smallest cell. A count needs none.
        """
        if self.count:
            return 0
        return rule.minimum if self.subset else 50 * rule.group + 1

    def loose(self, rule: Rule) -> int:
        """How wide the possible sums of a group must be: of a subset no count may be certain."""
        return 1 if self.subset else self.room(rule)
