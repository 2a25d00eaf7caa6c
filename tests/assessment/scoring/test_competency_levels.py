"""Scores of one assessment: the worked example, the oracle, and what must always hold."""

import random

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from services.assessment.scoring.competency_levels import Layout, means
from services.assessment.scoring.rounding import half_even
from tests.assessment.scoring import oracle
from tests.assessment.scoring.build import QM, only, scored


def worked_example():
    return [
        ("manager", only(QM, 3, 3, 4), [0] * QM + [4, 0]),
        ("peer", only(QM, 4, 4, 4), None),
        ("peer", only(QM, 2, 2, 2), None),
        ("peer", only(QM, 3, 3, 3), None),
        ("report", only(QM, 2, 2, 2), None),
        ("report", only(QM, 3, 3, 3), None),
        ("self", only(QM, 5, 5, 4), [0] * QM + [4, 0]),
    ]


def test_worked_example_of_the_domain_reference():
    """DOMAIN section 2, as it stands."""
    found = scored(worked_example(), weights=[1] * 9 + [2, 1])
    assert found.groups[QM] == [
        {"categories": ("manager",), "n": 1, "score": 333, "spread": None},
        {"categories": ("peer", "report"), "n": 5, "score": 280, "spread": "moderate"},
    ]
    assert found.scores[QM] == found.others[QM] == 301  # 3.0133
    assert found.gaps[QM] == 99  # 0.9867
    assert found.quality["self_minus_others"][QM] == 165  # +1.6533, a blind spot
    [priority] = found.priorities
    assert (priority.competency, priority.weight, priority.relevance, priority.prevalence) == (
        "QM",
        2,
        400,
        0,
    )
    assert (priority.gap, priority.priority) == (99, 263)  # 2.6311
    assert found.unverified == [False] * 11
    assert found.scores[:QM] == [None] * QM


@pytest.mark.parametrize(
    ("answers", "expected"),
    [((3, 0, 0), None), ((3, 4, 0), 350), ((0, 0, 0), None), ((5, 5, 4), 467)],
)
def test_a_rater_counts_when_half_of_the_items_were_answered(answers, expected):
    assert scored([("manager", only(0, *answers), None)]).scores[0] == expected


def test_exactly_half_of_four_items_counts():
    layout = Layout.of([4])
    assert means([3, 0, 0, 4], layout) == [layout.unit * 7 // 2]
    assert means([3, 0, 0, 0], layout) == [None]


@pytest.mark.parametrize(("numerator", "expected"), [(1, 0), (3, 2), (5, 2), (-1, 0), (-3, -2)])
def test_ties_round_to_even(numerator, expected):
    assert half_even(numerator, 2) == expected


def test_self_alone_is_unverified():
    found = scored([("self", [5] * 33, None), ("peer", [1] * 33, None), ("peer", [1] * 33, None)])
    assert found.scores == [500] * 11
    assert found.others == [None] * 11
    assert found.unverified == [True] * 11
    assert found.groups == [[]] * 11
    assert found.quality["self_minus_others"] == [None] * 11


def test_partners_take_part_only_with_a_weight():
    responses = [("partner", [5] * 33, None)] * 3 + [("manager", [1] * 33, None)]
    assert scored(responses).scores == [100] * 11
    weighty = {"manager": 40, "peer": 30, "report": 30, "partner": 40}
    assert scored(responses, category_weights=weighty).scores == [300] * 11


def test_overlay_items_widen_a_competency():
    layout = Layout.of([4] + [3] * 10)
    found = scored([("manager", [1, 2, 3, 3] + [4] * 30, None)], layout=layout)
    assert found.scores == [225] + [400] * 10


@settings(max_examples=150)
@given(
    oracle.assessments(),
    st.lists(st.integers(100, 500), min_size=11, max_size=11),
    st.lists(st.integers(1, 3), min_size=11, max_size=11),
    st.lists(st.integers(0, 100), min_size=11, max_size=11),
)
def test_scoring_equals_the_oracle(responses, targets, weights, prevalence):
    found = scored(responses, targets=targets, weights=weights, prevalence=prevalence)
    answers = [(category, ratings) for category, ratings, _ in responses]
    priorities = []
    for place in range(11):
        level, unverified = oracle.level(answers, place)
        assert found.scores[place] == oracle.hundredths(level)
        assert found.unverified[place] == unverified
        assert found.others[place] == (None if unverified else found.scores[place])
        if level is None:
            assert found.gaps[place] is None
            continue
        asked = [r[place] for c, _, r in responses if c in ("self", "manager") and r and r[place]]
        gap, priority = oracle.priority(targets[place], level, weights[place], asked, prevalence[place])
        assert found.gaps[place] == oracle.hundredths(gap)
        if gap:
            priorities.append((-priority, place))
    assert [item.priority for item in found.priorities] == [
        oracle.hundredths(-priority) for priority, _ in sorted(priorities)
    ]


@given(oracle.assessments(), st.randoms(use_true_random=False))
def test_order_of_raters_is_irrelevant(responses, chance: random.Random):
    shuffled = list(responses)
    chance.shuffle(shuffled)
    assert scored(shuffled) == scored(responses)


@given(oracle.assessments())
def test_no_figure_of_a_small_group_but_the_managers(responses):
    found = scored(responses)
    for groups in found.groups:
        for group in groups:
            assert group["n"] >= 3 or group["categories"] == ("manager",)
            assert group["spread"] is None or group["n"] >= 5
    for groups in found.groups:
        names = [name for group in groups for name in group["categories"]]
        assert len(names) == len(set(names)), "a merged group replaces its parts"
    partition = {group["categories"] for groups in found.groups for group in groups}
    assert sum(map(len, partition)) == len(set().union(*partition)), "and it does so everywhere"


@given(oracle.assessments(), st.data())
def test_merging_reveals_no_parts(responses, data):
    """A peer and a report of one merged group swap their answers, and nothing that is shown changes."""
    full = [(category, [rating or 3 for rating in ratings], asked) for category, ratings, asked in responses]
    places = {name: [n for n, (c, *_) in enumerate(full) if c == name] for name in ("peer", "report")}
    assume(all(places.values()) and min(map(len, places.values())) < 3)
    peer, report = (data.draw(st.sampled_from(places[name])) for name in ("peer", "report"))
    swapped = list(full)
    swapped[peer], swapped[report] = ("peer", full[report][1], None), ("report", full[peer][1], None)
    assert scored(swapped) == scored(full)


def test_what_merges_in_one_competency_is_shown_merged_in_all():
    """Else peers of 3 and reports of 3 here would tell that 2 reports answered there."""
    silent = [3] * 30 + [0] * 3
    responses = [("peer", [3] * 33, None)] * 3 + [("report", [5] * 33, None)] * 2 + [("report", silent, None)]
    found = scored(responses)
    assert [[(group["categories"], group["n"]) for group in groups] for groups in found.groups] == [
        [(("peer", "report"), 6)]
    ] * 10 + [[(("peer", "report"), 5)]]
    assert found.scores[0] == oracle.hundredths(oracle.level([(c, r) for c, r, _ in responses], 0)[0])
