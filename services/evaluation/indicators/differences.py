"""From changed shares to changed cells: each unit on the path takes the difference."""

from collections.abc import Iterable
from dataclasses import dataclass

from services.evaluation.facts.paths import Path, Paths
from services.evaluation.facts.shares import Key, Share

Cell = tuple[str, str, str]  # indicator, period, unit code
Figures = tuple[int, int, int]  # numerator, denominator, people


@dataclass(slots=True)
class Difference:
    """What is added to a cell; `parent_code` is the unit above it in the tree of its period."""

    parent_code: str
    numerator: int = 0
    denominator: int = 0
    people: int = 0


class Differences:
    """Differences by cell, added up in memory before they are written once."""

    def __init__(self) -> None:
        self._cells: dict[Cell, Difference] = {}

    def add(self, key: Key, path: Path, figures: Figures) -> None:
        """Add figures to the path's unit and each of its ancestors."""
        numerator, denominator, people = figures
        above = ""
        for unit in path:
            cell = (*key, unit)
            found = self._cells.get(cell)
            if found is None:
                found = self._cells[cell] = Difference(above)
            found.parent_code = above
            found.numerator += numerator
            found.denominator += denominator
            found.people += people
            above = unit

    def replace(self, key: Key, before: Share | None, after: Share | None, paths: Paths) -> None:
        """One person's share of (indicator, period) changed from `before` to `after`."""
        for share, sign in ((before, -1), (after, 1)):
            if share is not None:
                figures = (sign * share.numerator, sign * share.denominator, sign)
                self.add(key, paths.at(share.unit_code, key[1]), figures)

    def move(self, key: Key, left: Path, reached: Path, figures: Figures) -> None:
        """What belongs to a unit goes from one path to another."""
        numerator, denominator, people = figures
        self.add(key, left, (-numerator, -denominator, -people))
        self.add(key, reached, figures)

    def sorted(self) -> Iterable[tuple[Cell, Difference]]:
        """Cells that change, in key order: every writer locks them in the same order."""
        for cell in sorted(self._cells):
            difference = self._cells[cell]
            if difference.numerator or difference.denominator or difference.people:
                yield cell, difference
