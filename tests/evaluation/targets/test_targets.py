"""Which target holds for a unit, and whether a value meets it."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest

from services.evaluation.targets.achievement import Target, holding, hundredths, met, shown

HUB_LEVEL = Target("OP-01", "2026Q4", "", "facility", True, 8000)
HUB_UNIT = replace(HUB_LEVEL, unit_code="F1", level="", value=7500)
OWN_LEVEL = replace(HUB_LEVEL, national=False, value=7000)
OWN_UNIT = replace(HUB_UNIT, national=False, value=6500)
OTHERS = [
    replace(HUB_LEVEL, indicator="OP-04"),
    replace(OWN_LEVEL, period="2026Q3"),
    replace(OWN_LEVEL, level="district"),
    replace(OWN_UNIT, unit_code="F2"),
]


@pytest.mark.parametrize(
    ("targets", "wanted"),
    [
        ([HUB_LEVEL], HUB_LEVEL),
        ([HUB_LEVEL, HUB_UNIT], HUB_UNIT),
        ([HUB_LEVEL, HUB_UNIT, OWN_LEVEL], OWN_LEVEL),
        ([HUB_LEVEL, HUB_UNIT, OWN_LEVEL, OWN_UNIT], OWN_UNIT),
        ([], None),
    ],
)
def test_an_own_target_goes_before_the_hubs_and_a_units_before_its_levels(
    targets: list[Target], wanted: Target | None
) -> None:
    assert holding([*OTHERS, *reversed(targets)], "OP-01", "2026Q4", "F1", "facility") == wanted
    assert holding([*targets, *OTHERS], "OP-01", "2026Q4", "F3", None) is None


def test_met_is_exact_and_knows_which_way_is_better() -> None:
    third = Fraction(100, 3)
    assert not met(third, 3334, "increase")
    assert met(third, 3333, "increase")
    assert met(third, 3334, "decrease")
    assert not met(third, 3333, "decrease")
    assert met(Fraction(80), 8000, "increase")
    assert met(Fraction(80), 8000, "decrease")


def test_two_decimals_are_kept_exactly() -> None:
    assert [hundredths(Decimal(text)) for text in ("0.29", "57.97", "80")] == [29, 5797, 8000]
    assert (shown(5797), shown(None), hundredths(None)) == (57.97, None, None)
