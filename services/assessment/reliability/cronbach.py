"""Internal consistency of an instrument over a cohort (Cronbach 1951, equation 2)."""

from collections.abc import Sequence
from fractions import Fraction

SMALLEST_COHORT = 30  # people; below it alpha says little and is not shown (DOMAIN section 2)


def alpha(rows: Sequence[Sequence[int]]) -> Fraction | None:
    """Cronbach's alpha over complete rows (one per person, one value per item), exactly.

    None below 30 rows, below two items, or when the totals do not vary.
    """
    if len(rows) < SMALLEST_COHORT or len(rows[0]) < 2:
        return None
    items = len(rows[0])
    whole = _scatter([sum(row) for row in rows])
    if whole == 0:
        return None
    parts = sum(_scatter(column) for column in zip(*rows, strict=True))
    return Fraction(items, items - 1) * (1 - Fraction(parts, whole))


def _scatter(values: Sequence[int]) -> int:
    """n^2 times the variance; the factor cancels in the ratio."""
    return len(values) * sum(value * value for value in values) - sum(values) ** 2
