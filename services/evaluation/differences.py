"""From changed shares to changed cells: each unit on the path takes the difference."""

from collections.abc import Iterable
from dataclasses import dataclass

from services.evaluation.paths import Path, Paths, parent
from services.evaluation.shares import Share

Cell = tuple[str, str, str]  # indicator, period, unit code


@dataclass(frozen=True, slots=True)
class Difference:
    """What is added to a cell; `parent_code` is the unit above it in the tree of its period."""

    parent_code: str
    numerator: int = 0
    denominator: int = 0
    people: int = 0

    def plus(self, other: "Difference") -> "Difference":
        """Both together."""
        return Difference(
            other.parent_code,
            self.numerator + other.numerator,
            self.denominator + other.denominator,
            self.people + other.people,
        )


class Differences:
    """Differences by cell, added up in memory before they are written once."""

    def __init__(self) -> None:
        """Start with none."""
        self._cells: dict[Cell, Difference] = {}

    def add(
        self, indicator: str, period: str, path: Path, numerator: int, denominator: int, people: int
    ) -> None:
        """Add figures to the path's unit and each of its ancestors."""
        for depth in range(1, len(path) + 1):
            cell = (indicator, period, path[depth - 1])
            difference = Difference(parent(path[:depth]), numerator, denominator, people)
            before = self._cells.get(cell)
            self._cells[cell] = difference if before is None else before.plus(difference)

    def replace(self, key: tuple[str, str], before: Share | None, after: Share | None, paths: Paths) -> None:
        """One person's share of (indicator, period) changed from `before` to `after`."""
        indicator, period = key
        for share, sign in ((before, -1), (after, 1)):
            if share is not None:
                path = paths.at(share.unit_code, period)
                self.add(indicator, period, path, sign * share.numerator, sign * share.denominator, sign)

    def sorted(self) -> Iterable[tuple[Cell, Difference]]:
        """Cells that change, in key order: every writer locks them in the same order."""
        for cell, difference in sorted(self._cells.items()):
            if difference.numerator or difference.denominator or difference.people:
                yield cell, difference
