"""Proposals: limits hold, order does not matter, and every reason is true of the finished plan."""

from collections import Counter
from datetime import date, timedelta
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from services.planning.catalogue.interventions import catalogue as catalogue_of
from services.planning.catalogue.limits import Limits
from services.planning.plans.proposal import ADDRESSED, Gap, propose
from services.planning.plans.reasons import choice_view, left_out_view
from shared.events.framework import APPROACHES
from tests.planning.builders import offer

START = date(2026, 12, 1)
CODES = ("QM", "HR", "PL", "CO", "SC")

gaps_of = st.lists(
    st.builds(Gap, st.sampled_from(CODES), st.integers(0, 300), st.integers(0, 900)),
    max_size=5,
    unique_by=lambda gap: gap.competency,
)
limits_of = st.builds(
    Limits, st.integers(0, 12), st.integers(0, 1500), st.integers(1, 8), st.integers(7, 300)
)


@st.composite
def catalogues(draw):
    return [
        offer(
            f"X{number:02}",
            draw(st.sampled_from(APPROACHES)),
            gains=draw(st.dictionaries(st.sampled_from(CODES), st.integers(5, 60), min_size=1, max_size=3)),
            days_away=draw(st.integers(0, 6)),
            cost=draw(st.integers(0, 900)),
            prerequisites=("X00",) if number and draw(st.booleans()) else (),
        )
        for number in range(draw(st.integers(0, 14)))
    ]


@given(gaps_of, catalogues(), limits_of, st.randoms(use_true_random=False))
def test_limits_hold_and_order_does_not_matter(gaps, catalogue, limits, random: Random):
    found = propose(gaps, "B", catalogue_of(catalogue), limits, START)
    chosen = [item.intervention for item in found.activities]
    assert len(chosen) <= limits.activities
    assert sum(one.days_away for one in chosen) <= limits.days_away
    assert sum(one.cost for one in chosen) <= limits.cost
    assert all(START <= item.due_on <= START + timedelta(limits.horizon_days) for item in found.activities)
    assert len({one.code for one in chosen}) == len(chosen)
    assert all(count <= (len(chosen) + 1) // 2 for count in Counter(o.approach for o in chosen).values())
    random.shuffle(gaps)
    random.shuffle(catalogue)
    assert propose(gaps, "B", catalogue_of(catalogue), limits, START) == found


@given(gaps_of, catalogues(), limits_of)
def test_every_reason_is_true(gaps, catalogue, limits):
    found = propose(gaps, "B", catalogue_of(catalogue), limits, START)
    left = {gap.competency: gap.gap for gap in gaps if gap.competency in found.competencies}
    assert len(left) <= ADDRESSED
    seen: set[str] = set()
    for item in found.activities:
        gain = item.intervention.gains[item.choice.competency]
        assert item.choice.gain == min(gain, left[item.choice.competency]) > 0
        assert item.choice.new_approach == (item.intervention.approach not in seen)
        seen.add(item.intervention.approach)
        for code in (item.choice.competency, *item.choice.also):
            left[code] = max(0, left[code] - item.intervention.gains[code])
        assert choice_view(item.choice)["text"]
    open_gaps = {item.competency: item for item in found.left_out if item.codes != ("beyond-top",)}
    assert {code: part for code, part in left.items() if part} == {k: o.left for k, o in open_gaps.items()}
    for gap in open_gaps.values():
        assert set(gap.codes) == _obstacles(gap.competency, found, catalogue, limits)
        assert left_out_view(gap)["text"]


def _obstacles(competency, found, catalogue, limits) -> set[str]:
    """What stops each further activity, computed from the finished plan alone."""
    chosen = [item.intervention for item in found.activities]
    stops = set()
    for one in catalogue:
        if competency not in one.gains or one in chosen:
            continue
        same = sum(other.approach == one.approach for other in chosen) + 1
        if not {other.code for other in chosen}.issuperset(one.prerequisites):
            stops.add("prerequisite")
        elif len(chosen) == limits.activities:
            stops.add("limit-activities")
        elif sum(other.days_away for other in chosen) + one.days_away > limits.days_away:
            stops.add("limit-days-away")
        elif sum(other.cost for other in chosen) + one.cost > limits.cost:
            stops.add("limit-cost")
        else:
            assert same > (len(chosen) + 2) // 2, f"{one.code} would have fitted"
            stops.add("one-approach")
    return stops or {"none-offered"}


def test_what_keeps_people_at_their_post_comes_first():
    away = offer("A", "formal-training", days_away=5, cost=400)
    found = propose([Gap("QM", 100, 200)], "B", catalogue_of([away, offer("B")]), Limits(), START)
    assert [item.intervention.code for item in found.activities] == ["B", "A"]


def test_other_levels_are_not_offered():
    found = propose([Gap("QM", 50, 10)], "B", catalogue_of([offer("A", levels=("A",))]), Limits(), START)
    assert found.activities == ()
    assert found.left_out[0].codes == ("none-offered",)


def _codes(gaps, *offers):
    found = propose(gaps, "B", catalogue_of(offers), Limits(), START)
    return [item.intervention.code for item in found.activities]


def test_no_approach_takes_more_than_half():
    others = [offer(code, "networking", cost=500) for code in "YZ"]
    assert _codes([Gap("QM", 300, 100)], *map(offer, "ABCD"), *others) == ["A", "Y", "B", "Z", "C"]


def test_ties_go_to_the_lower_code():
    assert _codes([Gap("QM", 20, 100)], offer("B"), offer("C"), offer("A")) == ["A"]
