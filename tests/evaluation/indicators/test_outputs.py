"""OP-01, OP-04, OP-05, OP-06: worked examples with figures done by hand."""

from datetime import date

from services.evaluation.facts.person_facts import Person
from services.evaluation.facts.shares import Share
from services.evaluation.indicators.computed import changes_on, shares
from tests.evaluation.builders import at, scores
from tests.evaluation.fact_builders import fact_activity, fact_assessment, fact_plan, fact_post

Q3, TODAY = "2026Q3", date(2026, 9, 30)


def total(indicator: str, people: list[Person], today: date = TODAY, period: str = Q3) -> tuple[float, float]:
    """Numerator and denominator over people, no longer in thousandths."""
    found = [shares(person, today, "2024Q1").get((indicator, period)) for person in people]
    present = [share for share in found if share]
    return sum(s.numerator for s in present) / 1000, sum(s.denominator for s in present) / 1000


def test_op_01_counts_holders_of_primary_posts_and_those_assessed_in_24_months() -> None:
    """Five people: assessed 24 months ago less a day, exactly 24 months ago, never, self only, no post."""
    posts = (fact_post(),)
    people = [
        Person(True, posts, (fact_assessment(day="2024-10-01"),)),  # until 30 September 2026
        Person(True, posts, (fact_assessment(day="2024-09-30"),)),  # expired that morning
        Person(True, posts),
        Person(True, posts, (fact_assessment(others=scores(None)),)),
        Person(True, (fact_post(primary=False),), (fact_assessment(),)),
    ]
    assert total("OP-01", people) == (1, 4)


def test_op_01_of_a_closed_period_is_told_as_of_its_last_day() -> None:
    """Assessed and deactivated in October: September's figure knows neither."""
    person = Person(False, (fact_post(until="2026-10-15"),), (fact_assessment(day="2026-10-02"),))
    assert total("OP-01", [person], date(2026, 11, 23)) == (0, 1)
    assert total("OP-01", [person], date(2026, 11, 23), "2026Q4") == (0, 0)


def test_op_01_counts_from_the_last_answer_and_not_from_the_closing_of_the_cycle() -> None:
    """Answered until 30 September, scored on 1 October: covered in the third quarter, for 24 months."""
    assessed = fact_assessment(day="2026-10-01", measured_on=date(2026, 9, 30), period=Q3)
    person = Person(True, (fact_post(),), (assessed,))
    assert total("OP-01", [person], date(2026, 10, 1)) == (1, 1)
    assert total("OP-01", [person], date(2028, 9, 29), "2028Q3") == (1, 1)
    assert total("OP-01", [person], date(2028, 9, 30), "2028Q3") == (0, 1)
    assert changes_on(person, date(2028, 9, 1)) == date(2028, 9, 30)


def test_op_01_belongs_to_the_primary_post_of_the_day() -> None:
    """Transferred on 1 October: the third quarter stays with the old unit."""
    posts = (fact_post("F1", until="2026-09-30"), fact_post("F2", since="2026-10-01"))
    found = shares(Person(True, posts), date(2026, 11, 1), Q3)
    assert found["OP-01", "2026Q3"] == Share("F1", 0, 1000)
    assert found["OP-01", "2026Q4"] == Share("F2", 0, 1000)


def test_time_alone_changes_a_person_when_an_assessment_expires() -> None:
    """The next look is on the earliest day that matters, a new quarter's first day at the latest."""
    today = date(2026, 7, 15)
    assert changes_on(Person(True, (), (fact_assessment(day="2024-08-20"),)), today) == date(2026, 8, 20)
    assert changes_on(Person(True, (fact_post(until="2026-08-01"),)), today) == date(2026, 8, 2)
    assert changes_on(Person(activities=(fact_activity(due="2026-09-01"),)), today) == date(2026, 9, 1)
    assert changes_on(Person(), today) == date(2026, 10, 1)


def test_op_04_counts_the_assessed_and_those_with_a_plan_agreed_within_60_days() -> None:
    """Agreed on day 60, on day 61, only proposed, and twice assessed with one plan: 2 of 4."""
    assessment = fact_assessment(day="2026-07-10")
    people = [
        Person(assessments=(assessment,), plans=(fact_plan(agreed="2026-09-08"),)),
        Person(assessments=(assessment,), plans=(fact_plan(agreed="2026-09-09"),)),
        Person(assessments=(assessment,), plans=(fact_plan(agreed=None),)),
        Person(assessments=(assessment, fact_assessment("b", "2026-09-01")), plans=(fact_plan(),)),
    ]
    assert total("OP-04", people) == (2, 4)


def test_op_04_leaves_follow_ups_out() -> None:
    """A re-rating asks for no new plan."""
    assert total("OP-04", [Person(assessments=(fact_assessment(kind="follow-up"),))]) == (0, 0)


def test_op_05_counts_activities_due_and_those_completed_by_the_end_of_the_period() -> None:
    """Due in the quarter: done in time, done late but within it, done after it, not done: 2 of 4."""
    activities = (
        fact_activity("1", "2026-08-15", "2026-08-10"),
        fact_activity("2", "2026-08-15", "2026-09-30"),
        fact_activity("3", "2026-08-15", "2026-10-01"),
        fact_activity("4", "2026-08-15"),
        fact_activity("5", "2026-10-15"),
        fact_activity("6", "2026-08-15", planned=False),
    )
    person = Person(plans=(fact_plan(),), activities=activities)
    assert total("OP-05", [person], date(2026, 10, 10)) == (2, 4)


def test_op_05_in_the_open_period_waits_for_the_day() -> None:
    """On 1 August what falls due on the 15th is not due, unless it was completed already."""
    activities = (fact_activity("1", done="2026-07-30"), fact_activity("2"))
    person = Person(plans=(fact_plan(),), activities=activities)
    assert total("OP-05", [person], date(2026, 8, 1)) == (1, 1)
    assert total("OP-05", [person], date(2026, 8, 15)) == (1, 2)


def test_op_05_leaves_out_what_is_not_agreed_or_was_closed_before_its_day() -> None:
    """A proposed plan and a plan closed on 1 August leave nothing due on 15 August."""
    open_activity = (fact_activity(),)
    people = [
        Person(plans=(fact_plan(agreed=None),), activities=open_activity),
        Person(plans=(fact_plan(closed_at=at("2026-08-01")),), activities=open_activity),
    ]
    assert total("OP-05", people) == (0, 0)


def test_op_06_is_hours_of_practice_over_all_hours() -> None:
    """Mentoring 12, action learning 6, network 2 of 30 hours with 8 of courses and 2 alone: 20 of 30."""
    hours = {
        "workplace-learning": 12, "action-learning": 6, "networking": 2, "formal-training": 8, "self-directed": 2,
    }  # fmt: skip
    activities = tuple(
        fact_activity(approach, done="2026-08-20", approach=approach, hours=count)
        for approach, count in hours.items()
    )
    assert total("OP-06", [Person(activities=activities)]) == (20, 30)


def test_a_person_counts_at_one_unit_a_period() -> None:
    """Hours at two units in a quarter count where the person was last: never twice, never at both."""
    activities = (
        fact_activity("1", done="2026-07-20", unit_code="F1", hours=5),
        fact_activity("2", done="2026-08-20", unit_code="F2", hours=7),
    )
    assert shares(Person(activities=activities), TODAY, Q3)["OP-06", Q3] == Share("F2", 12000, 12000)
