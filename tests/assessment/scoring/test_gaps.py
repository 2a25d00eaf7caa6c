"""Gap, relevance, prevalence and priority."""

from collections import Counter
from fractions import Fraction

import pytest

from services.assessment.scoring.gaps import gap, nearest, prevalence, ranked, relevance
from tests.assessment.scoring.build import scored


def test_a_level_above_target_is_no_gap():
    assert gap(400, (9, 2))[0] == 0
    assert Fraction(*gap(400, (10, 3))) == Fraction(2, 3)


def test_relevance_is_the_mean_of_the_answers_and_three_without():
    assert Fraction(*relevance([[4], [1]], 0)) == Fraction(5, 2)
    assert relevance([[0], None, [5]], 0) == (5, 1)
    assert relevance([[0], None], 0) == (3, 1)
    assert relevance([], 0) == (3, 1)


def test_ranking_is_exact_where_hundredths_are_equal():
    """3.999 and 3.9986: gaps of 0.00 both, and yet one is larger."""
    found = ranked([(3999, 1000), (39986, 10000)], [400, 400], [1, 1], [(3, 1), (3, 1)], [0, 0])
    assert [item.place for item in found] == [1, 0]


def test_equal_priorities_keep_framework_order():
    found = ranked([(3, 1)] * 3, [400] * 3, [1, 2, 2], [(3, 1)] * 3, [0] * 3)
    assert [item.place for item in found] == [1, 2, 0]


def test_every_factor_is_stored():
    found = scored(
        [("manager", [3] * 33, [5] * 11), ("self", [4] * 33, [4] * 11)],
        weights=[2] + [1] * 10,
        prevalence=[40] + [0] * 10,
    )
    first = found.priorities[0]
    assert (first.competency, first.gap, first.weight, first.relevance, first.prevalence) == (
        "VS",
        100,
        2,
        450,
        40,
    )
    assert first.priority == 420  # 1 x 2 x 4.5/3 x 1.4


def test_prevalence_comes_from_the_nearest_unit_with_five_assessed():
    path = ["country", "district", "facility"]
    assert nearest(path, {"country": 100, "district": 5, "facility": 4}) == "district"
    assert nearest(path, {"facility": 4}) is None


def test_prevalence_is_the_middle_of_a_band():
    assert [prevalence(below, 14) for below in (0, 4, 5, 9, 10, 14)] == [17, 17, 50, 50, 83, 83]
    assert [prevalence(below, 9) for below in (0, 4, 5, 9)] == [25, 25, 75, 75]
    assert {prevalence(below, people) for people in range(5, 9) for below in range(people + 1)} == {50}
    assert {prevalence(below, people) for people in range(5) for below in range(people + 1)} == {0}


@pytest.mark.parametrize("people", range(5, 60))
def test_no_prevalence_tells_how_many_are_below(people):
    """Where the roll-up hides the number, and where it does not: five numbers and more stay possible.

    To the subject, who knows of one, at least four.
    """
    counts = Counter(prevalence(below, people) for below in range(people + 1))
    assert min(counts.values()) >= 5
    others = Counter(prevalence(below + 1, people) for below in range(people))
    assert min(others.values()) >= 4
