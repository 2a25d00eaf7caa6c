"""Change between two assessments, and the reliability of an instrument."""

import math
import random
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.assessment.changes import Measurement, change, changes
from services.assessment.reliability import alpha

measurements = st.builds(Measurement, st.integers(100, 500), st.integers(2, 12), st.integers(0, 8_000_000))


@given(measurements, measurements)
def test_significance_is_the_formula(before, after):
    difference = (after.score - before.score) / 100
    limit = 1.96 * math.sqrt(before.variance / 1e6 / before.n + after.variance / 1e6 / after.n)
    if not math.isclose(abs(difference), limit, rel_tol=1e-9):
        assert change(before, after).significant == (abs(difference) > limit)


def test_larger_means_larger():
    """d = 1.96 with variances that add up to exactly 1."""
    assert not change(Measurement(100, 2, 1_000_000), Measurement(296, 2, 1_000_000)).significant
    assert change(Measurement(100, 2, 1_000_000), Measurement(297, 2, 1_000_000)).significant
    assert change(Measurement(297, 2, 1_000_000), Measurement(100, 2, 1_000_000)).difference == -197


def test_without_a_variance_nothing_is_significant():
    assert not change(Measurement(100, 1, None), Measurement(500, 9, 0)).significant
    assert changes([None, Measurement(300, 3, 0)], [Measurement(300, 3, 0), None]) == [None, None]


def test_alpha_equals_the_textbook():
    chance = random.Random(5)
    rows = []
    for _ in range(30):
        trait = chance.randint(1, 5)
        rows.append([min(5, max(1, trait + chance.randint(-1, 1))) for _ in range(6)])
    parts = sum(statistics.pvariance(column) for column in zip(*rows, strict=True))
    whole = statistics.pvariance([sum(row) for row in rows])
    assert float(alpha(rows)) == pytest.approx(6 / 5 * (1 - parts / whole))


def test_alpha_needs_thirty_people_two_items_and_some_variance():
    assert alpha([[1, 2]] * 29) is None
    assert alpha([[1]] * 30) is None
    assert alpha([[1, 2]] * 30) is None
    assert alpha([[n % 5, n % 5] for n in range(30)]) == 1
