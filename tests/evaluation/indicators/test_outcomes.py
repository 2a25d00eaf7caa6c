"""OC-01 to OC-05: worked examples with figures done by hand."""

from dataclasses import replace
from typing import Any

from services.evaluation.facts.person_facts import Assessment, Person, Plan
from services.evaluation.kirkpatrick.behaviour import re_ratings
from tests.evaluation.builders import scores
from tests.evaluation.fact_builders import fact_assessment, fact_learning, fact_plan, fact_reaction
from tests.evaluation.indicators.test_outputs import total

QM, HR, PL = 9, 7, 5


def test_oc_01_is_the_mean_of_relevance_and_usefulness() -> None:
    """4+5 and 3+2 from one person, 5+5 from another: 24 over 6 ratings, a mean of 4.0."""
    people = [
        Person(reactions=(fact_reaction(4, 5), fact_reaction(3, 2))),
        Person(reactions=(fact_reaction(5, 5),)),
    ]
    assert total("OC-01", people) == (24, 6)


def test_oc_02_is_points_gained_by_person() -> None:
    """50 to 80, and one person with 40 to 60 and 60.25 to 75 (mean 17.375): 47.375 over 2 people."""
    people = [
        Person(learning=(fact_learning(5000, 8000),)),
        Person(learning=(fact_learning(4000, 6000), fact_learning(6025, 7500))),
    ]
    assert total("OC-02", people) == (47.375, 2)


def re_rated(after: tuple[int | None, ...], days: int = 90, **changes: Any) -> tuple[Assessment, ...]:
    """A baseline of 3.00 everywhere in April, and a follow-up with `after` in August."""
    follow_up = {
        "kind": "follow-up",
        "plan_id": "p",
        "follow_up_days": days,
        "others": after,
        "scores": after,
    }
    return (
        fact_assessment("a", "2026-04-10", priorities=(QM, HR, PL)),
        fact_assessment("b", "2026-08-10", **(follow_up | changes)),
    )


def planned(*competencies: int) -> tuple[Plan, ...]:
    """The plan of assessment a."""
    return (fact_plan(agreed="2026-04-20", competencies=competencies),)


def test_oc_03_counts_people_whose_planned_scores_rose_by_half_a_point() -> None:
    """Planned QM and HR up by .60 and .40 (mean .50): risen. By .60 and .39: not. Beside them the rest."""
    up = Person(assessments=re_rated(scores(k9=360, k7=340)), plans=planned(QM, HR))
    almost = Person(assessments=re_rated(scores(k9=360, k7=339)), plans=planned(QM, HR))
    everywhere = Person(assessments=re_rated(scores(350)), plans=planned(QM))
    assert total("OC-03", [up, almost, everywhere]) == (2, 3)
    assert total("OC-03:unplanned", [up, almost, everywhere]) == (1, 3)


def test_oc_03_leaves_out_what_others_did_not_score_twice() -> None:
    """HR has no others-score again: QM alone counts, +.50."""
    person = Person(assessments=re_rated(scores(k9=350, k7=None)), plans=planned(QM, HR))
    assert total("OC-03", [person]) == (1, 1)


def test_oc_03_waits_for_the_events_it_needs() -> None:
    """Without the plan, its agreement or the baseline there is nothing to compare."""
    baseline, again = re_rated(scores(400))
    for person in (
        Person(assessments=(baseline, again)),
        Person(assessments=(again,), plans=planned(QM)),
        Person(assessments=(baseline, again), plans=(fact_plan(agreed=None, competencies=(QM,)),)),
    ):
        assert total("OC-03", [person]) == (0, 0)


def test_oc_03_and_oc_04_compare_the_same_items_only() -> None:
    """HR was asked by other items again: QM alone counts, of OC-04 also PL, which was not planned."""
    marks = ("x",) * 11
    other = (*marks[:HR], "y", *marks[HR + 1 :])
    baseline, again = re_rated(scores(k9=360, k7=500), item_marks=other)
    person = Person(assessments=(replace(baseline, item_marks=marks), again), plans=planned(QM, HR))
    assert total("OC-03", [person]) == (1, 1)
    assert total("OC-04", [person]) == (0, 1)
    assert total("OC-04:unplanned", [person]) == (0, 1)
    assert re_ratings(person)[0].not_comparable() == (HR,)
    unknown = Person(assessments=(baseline, again), plans=planned(QM, HR))
    assert total("OC-04", [unknown]) == (1, 2)


def test_oc_03_compares_the_same_level_only() -> None:
    """Another level has other items."""
    person = Person(assessments=re_rated(scores(400), level="A"), plans=planned(QM))
    assert total("OC-03", [person]) == (0, 0)


def test_oc_03_takes_the_last_re_rating_of_a_quarter() -> None:
    """Risen at 90 days, back at 180: one person, not risen."""
    second = fact_assessment(
        "c", "2026-09-20", kind="follow-up", plan_id="p", follow_up_days=180, others=scores(310)
    )
    person = Person(assessments=(*re_rated(scores(400)), second), plans=planned(QM))
    assert total("OC-03", [person]) == (0, 1)


def test_oc_04_counts_priority_gaps_at_target_again() -> None:
    """Gaps QM, HR, PL; planned QM and HR. QM reaches 4.00, HR 3.99; PL, not planned, 4.10."""
    person = Person(assessments=re_rated(scores(k9=400, k7=399, k5=410)), plans=planned(QM, HR))
    assert total("OC-04", [person]) == (1, 2)
    assert total("OC-04:unplanned", [person]) == (1, 1)


def test_oc_04_also_takes_the_next_cycle() -> None:
    """Assessed in the next cycle instead of a follow-up: QM closed."""
    again = re_rated(scores(k9=420), kind="cycle", plan_id=None, follow_up_days=None)
    person = Person(assessments=again, plans=planned(QM))
    assert total("OC-04", [person]) == (1, 1)
    assert total("OC-03", [person]) == (0, 0)


def test_oc_05_asks_for_every_critical_competency() -> None:
    """Key PL and QM (weight 2): both at target counts, one below, one unverified or missing do not."""
    weights = tuple(2 if place in (PL, QM) else 1 for place in range(11))

    def proficient(scored: tuple[int | None, ...], others: tuple[int | None, ...] | None = None) -> Person:
        assessment = fact_assessment(weights=weights, scores=scored, others=others or scored)
        return Person(assessments=(assessment,))

    people = [
        proficient(scores(100, k5=400, k9=450)),
        proficient(scores(500, k9=399)),
        proficient(scores(500, k9=None)),
        proficient(scores(500), scores(500, k9=None)),
    ]
    assert total("OC-05", people) == (1, 4)


def test_oc_05_counts_a_person_once_by_the_latest_assessment() -> None:
    """Below in July, at target in September: one person, proficient."""
    person = Person(assessments=(fact_assessment(), fact_assessment("b", "2026-09-01", scores=scores(400))))
    assert total("OC-05", [person]) == (1, 1)
