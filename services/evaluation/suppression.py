"""Live cells, and which of them may be shown: `shared.suppression` has the rule, here it is asked tree by tree."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from shared.suppression import hidden_in_tree


@dataclass(frozen=True, slots=True)
class Figure:
    """A cell as it is stored, in one period's tree; figures in thousandths."""

    indicator: str
    period: str
    unit_code: str
    parent_code: str  # "" above a root
    numerator: int
    denominator: int
    people: int
    as_of: date
    version: int

    @property
    def cell(self) -> tuple[str, str, str]:
        """What identifies it: indicator, period, unit."""
        return self.indicator, self.period, self.unit_code


def hidden_figures(figures: Iterable[Figure]) -> set[tuple[str, str, str]]:
    """Which cells are hidden: (indicator, period, unit), of whole groups with all groups above them."""
    trees: dict[tuple[str, str], list[Figure]] = {}
    for figure in figures:
        trees.setdefault((figure.indicator, figure.period), []).append(figure)
    found: set[tuple[str, str, str]] = set()
    for (indicator, period), cells in trees.items():
        people = {cell.unit_code: cell.people for cell in cells}
        parents = {cell.unit_code: cell.parent_code or None for cell in cells}
        found.update((indicator, period, code) for code in hidden_in_tree(people, parents))
    return found
