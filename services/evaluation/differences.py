"""From changed shares to changed cells: each unit on the path takes the difference."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from services.evaluation.paths import Path, Paths
from services.evaluation.shares import Key, Share
from shared.suppression import SMALLEST_CELL

Cell = tuple[str, str, str]  # indicator, period, unit code
Figures = tuple[int, int, int]  # numerator, denominator, people
Who = tuple[UUID, ...]  # no one twice


@dataclass(slots=True)
class Difference:
    """What is added to a cell; `parent_code` is the unit above it in the tree of its period.

    `who` has people whose share changed, `own` those of them who belong to the unit itself; enough
    of them to tell fewer than five from more.
    """

    parent_code: str
    numerator: int = 0
    denominator: int = 0
    people: int = 0
    who: Who = ()
    own: Who = ()


class Differences:
    """Differences by cell, added up in memory before they are written once."""

    def __init__(self) -> None:
        """Start with none."""
        self._cells: dict[Cell, Difference] = {}

    def add(self, key: Key, path: Path, figures: Figures, who: Who, own_at: int, same: int = 0) -> None:
        """Add figures to the path's unit and each of its ancestors.

        `own_at`: how deep the unit stands that the change belongs to alone. `same`: for how many
        units from the root down it is no change, because another one balances it.
        """
        numerator, denominator, people = figures
        above = ""
        for depth, unit in enumerate(path, 1):
            cell = (*key, unit)
            found = self._cells.get(cell)
            if found is None:
                found = self._cells[cell] = Difference(above)
            found.parent_code = above
            found.numerator += numerator
            found.denominator += denominator
            found.people += people
            if depth > same:
                found.who = _joined(found.who, who)
            if depth == own_at:
                found.own = _joined(found.own, who)
            above = unit

    def replace(
        self, person: UUID, key: Key, before: Share | None, after: Share | None, paths: Paths
    ) -> None:
        """One person's share of (indicator, period) changed from `before` to `after`."""
        ways = [() if share is None else paths.at(share.unit_code, key[1]) for share in (before, after)]
        equal = before is not None and after is not None and before.figures == after.figures
        same = _alike(*ways) if equal else 0
        for share, sign, path in zip((before, after), (-1, 1), ways, strict=True):
            if share is not None:
                figures = (sign * share.numerator, sign * share.denominator, sign)
                self.add(key, path, figures, (person,), len(path), same)

    def move(self, key: Key, left: Path, reached: Path, figures: Figures, who: Who) -> None:
        """What belongs to a unit goes from one path to another.

        It is the concern of the two units between which its branch changed hands: below them
        nothing changes, and above them it is their figures that do.
        """
        same, branch = _alike(left, reached), _alike(left[::-1], reached[::-1])
        numerator, denominator, people = figures
        self.add(key, left, (-numerator, -denominator, -people), who, len(left) - branch, same)
        self.add(key, reached, figures, who, len(reached) - branch, same)

    def sorted(self) -> Iterable[tuple[Cell, Difference]]:
        """Cells that change, in key order: every writer locks them in the same order."""
        for cell in sorted(self._cells):
            difference = self._cells[cell]
            if difference.numerator or difference.denominator or difference.people:
                yield cell, difference


def _joined(known: Who, more: Who) -> Who:
    """Both, as far as it matters: whoever is beyond five changes nothing."""
    if not known or len(known) >= SMALLEST_CELL:
        return known or more
    return tuple(dict.fromkeys(known + more))


def _alike(one: Path, other: Path) -> int:
    """With how many equal units two paths begin."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((place for place, (a, b) in pairs if a != b), min(len(one), len(other)))
