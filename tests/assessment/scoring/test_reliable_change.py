"""Change between two assessments, and the reliability of an instrument."""

import math
import random
import statistics
from collections import Counter, defaultdict
from itertools import combinations_with_replacement, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.assessment.reliability.cronbach import alpha
from services.assessment.scoring import quality
from services.assessment.scoring.anonymity import Group
from services.assessment.scoring.reliable_change import (
    VARIANCE_UNIT,
    Measurement,
    change,
    changes,
    may_be_shown,
)
from services.assessment.scoring.rounding import half_even

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


def group(values, *categories):
    """A group of raters as a result shows it."""
    found = Group(categories or ("peer",), 1, sorted(values), len(values))
    return {
        "categories": found.categories, "n": found.n, "score": half_even(100 * sum(values), found.n),
        "spread": quality.spread(found, 1),
    }  # fmt: skip


def sides(raters):
    """Every set of whole answers that so many raters can give: what is shown of it, and what is not."""
    for values in combinations_with_replacement(range(1, 6), raters):
        numerator, denominator = quality.variance(values, 1)
        shown = group(values)
        variance = half_even(VARIANCE_UNIT * numerator, denominator)
        yield values, shown, Measurement(shown["score"], raters, variance)


def pinned(before, after):
    """Pairs of answer sets of which a reader knows one side, by all that is shown of both; and all pairs."""
    seen, pairs = [defaultdict(set), defaultdict(set)], []
    for (one, old, first), (two, new, second) in product(sides(before), sides(after)):
        flag = change(first, second).significant if may_be_shown([old]) and may_be_shown([new]) else None
        shown = (old["score"], old["spread"], new["score"], new["spread"], flag)
        seen[0][shown].add(one)
        seen[1][shown].add(two)
        pairs.append((one, two, shown))
    known = [(one, two) for one, two, shown in pairs if 1 in (len(seen[0][shown]), len(seen[1][shown]))]
    return set(known), len(pairs)


@pytest.mark.parametrize(("before", "after"), [(3, 3), (3, 4), (3, 6), (4, 4), (4, 5)])
def test_the_flag_says_nothing_of_three_or_four_raters(before, after):
    """What is known of answers is known by their mean (and spread) alone: 1.33 is 1, 1, 2."""
    found, everything = pinned(before, after)
    means = [Counter((shown["score"], shown["spread"]) for _, shown, _ in sides(n)) for n in (before, after)]
    by_mean = {
        (one, two)
        for (one, old, _), (two, new, _) in product(sides(before), sides(after))
        if 1 in (means[0][old["score"], old["spread"]], means[1][new["score"], new["spread"]])
    }
    assert found == by_mean
    assert len(found) < everything


def test_with_five_raters_the_flag_tells_nobodys_own_answer():
    """It may leave one set of answers, as spread may: whose is whose is told where all are equal alone."""
    found, _ = pinned(5, 5)
    equal = Counter((shown["score"], shown["spread"]) for _, shown, _ in sides(5))
    for pair in found:
        for values in pair:
            if len(set(values)) == 1:
                shown = group(values)
                assert equal[shown["score"], shown["spread"]] == 1  # known without the flag


def test_the_flag_asks_every_group_of_several_raters():
    manager, few, many = group([3], "manager"), group([3, 4, 5]), group([2, 3, 4, 4, 5], "report")
    assert may_be_shown([manager, many])
    assert not may_be_shown([manager, few, many])
    assert not may_be_shown([manager])
    assert not may_be_shown([])


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
