"""What is judged in place of a figure of plans: the figure could change by whatever that could change by."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.planning.plan_totals.commands.plan_cubes import (
    ACTIVITY,
    CUBES,
    HOUR,
    Scale,
    amounts,
    judged,
)
from services.planning.plan_totals.commands.plan_facts import FIGURES_BY_CUBE, OF_PLANS
from shared.disclosure.measures import Rule

OTHERS = dict.fromkeys(OF_PLANS)


def of(cube: str, figure: str, amount: int | None) -> tuple[int | None, int | None]:
    """What is judged for somebody's figure, and the figure."""
    names = [measure.name for measure in CUBES[cube].measures]
    found = dict(zip(names, amounts(cube, {**OTHERS, figure: amount}), strict=True))
    return found[judged(figure)], found[figure]


@pytest.mark.parametrize(
    ("cube", "figure"), [(cube, FIGURES_BY_CUBE[cube][-1]) for cube in CUBES if cube.startswith("plans")]
)
@given(plans=st.none() | st.integers(1, 5))
def test_there_could_be_no_such_plan_where_there_is_one_and_one_more_where_there_is_none(
    cube: str, figure: str, plans: int | None
) -> None:
    whether, number = of(cube, figure, plans)
    assert (whether, number) == (int(plans is not None), plans or 0)
    for other in (0, 1):
        assert (number or 0) + other - (whether or 0) >= 0


@pytest.mark.parametrize(
    ("cube", "one"), [("activities due", ACTIVITY), ("activities completed", ACTIVITY), ("hours spent", HOUR)]
)
@given(number=st.integers(0, 90))
def test_an_amount_could_be_lower_to_nothing_and_higher_without_an_end(
    cube: str, one: Scale, number: int
) -> None:
    amount, figure = of(cube, FIGURES_BY_CUBE[cube][0], number)
    assert amount is not None
    assert figure == number
    assert 0 <= amount <= one.highest
    assert number - Fraction(amount, one.one) >= 0


def test_nobody_spends_hours_without_an_activity() -> None:
    assert of("hours spent", "hours", None) == (None, 0)
    assert of("hours spent", "hours", 0) == (0, 0)
    assert of("activities due", "activities_due", None) == (0, 0)


def test_every_figure_is_published_once_and_what_is_judged_is_not() -> None:
    published = [measure.name for cube in CUBES.values() for measure in cube.published]
    assert sorted(published) == sorted([*OF_PLANS, *["people"] * len(CUBES)])
    scales = [one for cube in CUBES.values() for one in cube.measures if one.name not in cube.judged_by]
    assert all(one.subset or one.highest - one.lowest >= 2 * one.room(Rule()) - 4 for one in scales)
