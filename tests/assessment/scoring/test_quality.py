"""What is told about the quality of a score, and what is not."""

import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.assessment.scoring.anonymity import Group
from services.assessment.scoring.quality import spread, straight_lined, variance
from tests.assessment.scoring.build import scored


@pytest.mark.parametrize(
    ("values", "band"),
    [
        ([3, 3, 3, 4], None),
        ([3, 3, 3, 3, 3], "narrow"),
        ([3, 3, 3, 3, 4], "narrow"),
        ([2, 3, 3, 3, 4], "moderate"),
        ([1, 3, 3, 3, 5], "wide"),
        ([2, 2, 3, 4, 4], "wide"),  # exactly one point
    ],
)
def test_spread_is_a_band_from_five_raters_on(values, band):
    assert spread(Group(("peer",), 30, [value * 6 for value in values]), 6) == band


@given(st.lists(st.integers(6, 30), min_size=2, max_size=9))
def test_variance_is_the_sample_variance(values):
    numerator, denominator = variance(values, 6)
    assert numerator / denominator == pytest.approx(statistics.variance(value / 6 for value in values))


@pytest.mark.parametrize(
    ("ratings", "flag"),
    [([3] * 33, True), ([3] * 17 + [0] * 16, True), ([3] * 16 + [0] * 17, False), ([3] * 32 + [4], False),
     ([0] * 33, False)],
)  # fmt: skip
def test_straight_lining(ratings, flag):
    assert straight_lined(ratings) is flag


def test_habits_of_two_raters_are_not_told_beside_the_manager():
    manager, peer = ("manager", [3, 4, 0] * 11, None), ("peer", [2] * 30 + [0] * 3, None)
    two = scored([manager, peer, peer]).quality
    assert two["not_applicable"] == [33] * 11
    assert two["straight_lining"] is False
    three = scored([manager, peer, peer, peer]).quality
    assert three["not_applicable"] == [8] * 10 + [83]
    assert three["straight_lining"] is True
    assert scored([peer, peer]).quality["not_applicable"] == [None] * 11


def test_the_subjects_own_habits_stand_apart():
    found = scored([("self", [5] * 33, None), ("manager", [3, 4, 5] * 11, None)]).quality
    assert (found["self_straight_lining"], found["straight_lining"]) == (True, False)
    assert found["self_minus_others"] == [100] * 11


def test_who_does_not_count_adds_nothing_to_spread_and_habits():
    manager, peer, friend = (
        ("manager", [3] * 33, None),
        ("peer", [1] * 33, None),
        ("peer", [5, 4, 0] * 11, None),
    )
    given = [manager, peer, friend, friend]
    one = scored(given, independent=[False, True, False, False])
    assert one.scores == [300] * 11
    assert one.quality["not_applicable"] == scored([manager]).quality["not_applicable"]
    three = scored([*given, peer, peer], independent=[False, True, False, False, True, True])
    (_, group) = three.groups[0]
    assert (group["n"], group["score"], group["spread"]) == (5, 240, None)
    five = scored([peer] * 5 + [friend], independent=[True] * 5 + [False])
    assert five.groups[0][0]["spread"] == "wide"
