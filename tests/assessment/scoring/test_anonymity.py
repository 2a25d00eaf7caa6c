"""Merging of rater groups."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.assessment.scoring.anonymity import groups
from tests.assessment.scoring import oracle

ALL = {"manager": 40, "peer": 30, "report": 20, "partner": 10}
size = st.integers(0, 6)


def sized(**sizes):
    return {name: list(range(n)) for name, n in sizes.items()}


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        ({"manager": 1, "peer": 3, "report": 3}, {"manager": 40, "peer": 30, "report": 20}),
        ({"manager": 1, "peer": 3, "report": 2}, {"manager": 40, "peer+report": 50}),
        ({"manager": 1, "peer": 2, "report": 2}, {"manager": 40, "peer+report": 50}),
        ({"manager": 1, "peer": 1, "report": 1}, {"manager": 40}),
        ({"manager": 1, "peer": 4}, {"manager": 40, "peer": 30}),
        ({"peer": 2}, {}),
        ({"peer": 1, "report": 1, "partner": 1}, {"peer+report+partner": 60}),
        ({"peer": 2, "report": 4, "partner": 1}, {"report": 20, "peer+partner": 40}),
        ({"peer": 2, "report": 4, "partner": 3}, {"report": 20, "peer+partner": 40}),
        ({"peer": 2, "report": 3, "partner": 3}, {"peer+report": 50, "partner": 10}),
    ],
)
def test_small_groups_merge_with_the_smallest_other(sizes, expected):
    found = groups(sized(**sizes), ALL)
    assert {"+".join(group.categories): group.weight for group in found} == expected
    assert sum(group.n for group in found) <= sum(sizes.values())


@given(st.fixed_dictionaries({"peer": size, "report": size, "partner": size}))
def test_merging_equals_the_rule_taken_literally(sizes):
    found = {frozenset(group.categories) for group in groups(sized(**sizes), ALL)}
    assert found == {frozenset(part) for part in oracle.merged(sizes)}


def test_values_do_not_tell_who_gave_them():
    [group] = groups({"peer": [60, 12], "report": [36]})
    assert group.values == [12, 36, 60]


def test_a_category_without_weight_takes_no_part():
    assert groups(sized(partner=5)) == []
    assert groups(sized(manager=1), {"manager": 0, "peer": 30}) == []


@given(st.data())
def test_no_group_is_left_with_fewer_than_three_independent_raters(data):
    heads = {name: data.draw(size) for name in ("peer", "report", "partner")}
    independent = {name: data.draw(st.integers(0, n)) for name, n in heads.items()}
    found = groups(sized(**heads), ALL, independent)
    for group in found:
        assert group.counted == sum(independent[name] for name in group.categories) >= 3
        assert group.n == sum(heads[name] for name in group.categories)  # all of them enter the mean
    everybody = {frozenset(group.categories) for group in groups(sized(**independent), ALL)}
    alone = {name for name, n in heads.items() if n and not independent[name]}
    assert {frozenset(group.categories) - alone for group in found} == everybody


@pytest.mark.parametrize(
    ("heads", "independent", "expected"),
    [
        ({"peer": 3}, {"peer": 1}, {}),  # two friends beside an honest one
        ({"peer": 3, "report": 3}, {"peer": 1, "report": 3}, {"peer+report": 50}),
        ({"peer": 3, "report": 2}, {"peer": 1, "report": 1}, {}),
        ({"peer": 5}, {"peer": 3}, {"peer": 30}),
        ({"peer": 3, "partner": 4}, {"peer": 3, "partner": 0}, {"peer+partner": 40}),  # never partners alone
        ({"partner": 9}, {"partner": 0}, {}),
        ({"manager": 1, "peer": 9}, {"manager": 0, "peer": 2}, {"manager": 40}),
    ],
)
def test_named_raters_and_partners_never_make_a_group(heads, independent, expected):
    found = groups(sized(**heads), ALL, independent)
    assert {"+".join(group.categories): group.weight for group in found} == expected
