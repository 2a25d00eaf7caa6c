"""Targets: which one holds for a unit, and whether a value meets it. Pure.

What an instance set for itself goes before what its hub set, and a unit's own before its level's.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

HUNDREDTHS = 100


@dataclass(frozen=True, slots=True)
class Target:
    """What an indicator should reach in a period; `value` in hundredths of its unit."""

    indicator: str
    period: str
    unit_code: str  # "": at every unit of the level
    level: str  # "": at the unit
    national: bool
    value: int

    @property
    def order(self) -> tuple[bool, bool]:
        """The lowest goes first."""
        return self.national, not self.unit_code


def holding(
    targets: Iterable[Target], indicator: str, period: str, unit: str, level: str | None
) -> Target | None:
    """The target that holds at a unit of this level, None where there is none."""
    found = [
        target
        for target in targets
        if (target.indicator, target.period) == (indicator, period)
        and (target.unit_code == unit or (not target.unit_code and target.level == level))
    ]
    return min(found, key=lambda target: target.order, default=None)


def met(value: Fraction, target: int, direction: str) -> bool:
    """Whether an exact value is as good as the target or better."""
    wanted = Fraction(target, HUNDREDTHS)
    return value <= wanted if direction == "decrease" else value >= wanted


def shown(value: int | None) -> float | None:
    """Hundredths as they are written."""
    return None if value is None else value / HUNDREDTHS


def hundredths(value: Decimal | None) -> int | None:
    """A value of two decimals at most as it is stored, in hundredths."""
    return None if value is None else int(value * HUNDREDTHS)
