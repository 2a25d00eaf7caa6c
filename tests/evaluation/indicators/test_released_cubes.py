"""What is judged in place of a figure: for each other value that it could have, the figure could have one, too."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.evaluation.indicators.computed import COMPUTED
from services.evaluation.indicators.released_cubes import CUBES, GAP, HOUR, amounts
from shared.disclosure.measures import Rule
from shared.releases import reading
from shared.releases.population import amount_row

THOUSAND = 1000


def figures(code: str, numerator: int, denominator: int) -> dict[str, int]:
    """A share in thousandths as the amounts of its cube, by the end of their names."""
    names = [measure.name.partition(" ")[2] for measure in CUBES[code].measures]
    return dict(zip(names, map(int, amount_row(amounts(code, [(numerator, denominator)]))), strict=False))


def ends(code: str, name: str) -> tuple[int, int]:
    measure = next(one for one in CUBES[code].measures if one.name == f"{code} {name}")
    return measure.lowest, measure.highest


@given(done=st.integers(0, 30), more=st.integers(0, 30))
def test_one_activity_more_or_less_may_have_been_done_of_the_same_number(done: int, more: int) -> None:
    due = max(done + more, 1)
    found = figures("OP-05", THOUSAND * done, THOUSAND * due)
    assert (found["numerator"], found["denominator"]) == (done, due)
    for other in ends("OP-05", "judged"):
        assert 0 <= done + other - found["judged"] <= due


@given(ratings=st.lists(st.tuples(st.integers(1, 5), st.integers(1, 5)), min_size=1, max_size=6))
def test_a_reaction_could_be_any_other_one(ratings: list[tuple[int, int]]) -> None:
    """Of a person's mean, each hundredth is two of one reaction's sum."""
    total, number = sum(map(sum, ratings)), 2 * len(ratings)
    found = figures("OC-01", THOUSAND * total, THOUSAND * number)
    assert (found["numerator"], found["denominator"]) == (total, number)
    for other in ends("OC-01", "judged"):
        moved = total + Fraction(2 * (other - found["judged"]), 100)
        assert (
            number - Fraction(2, 100) <= moved <= 5 * number + Fraction(2, 100)
        )  # a mean is whole hundredths


@given(gain=st.integers(-100 * THOUSAND, 100 * THOUSAND))
def test_a_gain_could_be_as_many_half_points_higher_or_lower(gain: int) -> None:
    found = figures("OC-02", gain, THOUSAND)
    assert found["numerator"] == gain
    for other in ends("OC-02", "judged"):
        assert -100 * THOUSAND <= gain + 500 * (other - found["judged"]) <= 100 * THOUSAND


@pytest.mark.parametrize(("code", "one"), [("OC-04", GAP), ("OP-06", HOUR)])
@given(part=st.integers(0, 90), rest=st.integers(0, 90))
def test_an_amount_could_be_lower_to_nothing_and_higher_without_an_end(
    code: str, one: int, part: int, rest: int
) -> None:
    """Both of its parts, each by itself: so their sum follows from no other rule."""
    found = figures(code, THOUSAND * part, THOUSAND * (part + rest))
    assert (found["numerator"], found["denominator"]) == (part, part + rest)
    for name, value in (("amount", part), ("rest", rest)):
        lowest, highest = ends(code, name)
        assert lowest <= found[name] <= highest
        assert value + Fraction(lowest - found[name], one) >= 0


def test_what_is_judged_is_not_published_and_wide_enough() -> None:
    for code in COMPUTED:
        cube = CUBES[code]
        published = {measure.name for measure in cube.published}
        assert f"{code} people" in published
        assert f"{code} numerator" in published
        assert published.isdisjoint(cube.judged_by.values())
        scales = [one for one in cube.measures if one.name not in cube.judged_by and not one.count]
        assert all(one.subset or one.highest - one.lowest >= 2 * one.room(Rule()) - 4 for one in scales)


def test_what_stands_beside_an_indicator_is_never_released_alone() -> None:
    assert amounts("OC-03", [(1000, 1000), (None, None)]) == [1, 1, None, None]
    assert amounts("OC-03", [(None, None), (0, 1000)]) == [None, None, 1, 0]
    assert CUBES["OC-03"].within["OC-03:unplanned people"] == "OC-03 people"


def test_readers_are_judged_by_what_decides_about_each_published_figure() -> None:
    for cube in CUBES.values():
        judged = {one.name: one for one in reading.figures(cube)}
        for figure in cube.published:
            decides = cube.judged_for(figure)
            one = judged[cube.shown_as(decides)]
            assert (cube.measures[one.place], one.of_people) == (decides, figure.name.endswith(" people"))
