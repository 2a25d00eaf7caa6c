"""Output indicators (DOMAIN section 3): OP-01, OP-04, OP-05 and OP-06 of one person."""

import calendar
from collections.abc import Iterator
from datetime import date, timedelta

from services.evaluation.facts.person_facts import CYCLE, Assessment, Person
from services.evaluation.facts.shares import THOUSAND, Part, as_of, ordered
from shared import periods

COVERAGE_MONTHS = 24
PLAN_DAYS = 60
# Coaching is workplace learning.
PRACTICE = frozenset({"workplace-learning", "action-learning", "networking"})


def months_later(day: date, months: int) -> date:
    """The same day `months` later, or the last of that month when it is shorter."""
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def expires_on(assessment: Assessment) -> date:
    """First day on which the assessment no longer covers its person."""
    return months_later(assessment.measured_on, COVERAGE_MONTHS)


def coverage(person: Person, today: date, since: str) -> Iterator[Part]:
    """OP-01: the holder of a primary post whose role has a profile, covered by a valid assessment of 24 months.

    One part for every period from `since` to today's, as of the period's last day (today in the
    open one). A closed period asks only who held the post then.
    """
    period, current = since, periods.of(today)
    valid = [assessment for assessment in person.assessments if assessment.valid]
    while period <= current:
        day = as_of(period, today)
        held = [post for post in person.posts if post.primary and post.holds(day) and post.leads(day)]
        if held and (person.active or period < current):
            post = max(held, key=lambda post: (post.valid_from, post.unit_code))
            covering = [a for a in valid if a.measured_on <= day < expires_on(a)]
            source = max(((a.measured_on, a.assessment_id) for a in covering), default=(day, ""))[1]
            yield Part("OP-01", period, post.unit_code, THOUSAND * bool(covering), THOUSAND, "", source)
        period = periods.following(period)


def plan_coverage(person: Person) -> Iterator[Part]:
    """OP-04: assessed in the period, with a plan agreed within 60 days of an assessment in it.

    A plan agreed after the period's end still counts for it, so the last assessments of a quarter
    ripen for 60 days.
    """
    assessed: dict[str, list[Assessment]] = {}
    for assessment in person.assessments:
        if assessment.kind == CYCLE:
            assessed.setdefault(assessment.period, []).append(assessment)
    for period, assessments in assessed.items():
        latest = max(assessments, key=lambda a: (a.completed_at, a.assessment_id))
        planned = any(_planned_in_time(person, assessment) for assessment in assessments)
        source = " ".join(sorted(assessment.assessment_id for assessment in assessments))
        yield Part("OP-04", period, latest.unit_code, THOUSAND * planned, THOUSAND, "", source)


def _planned_in_time(person: Person, assessment: Assessment) -> bool:
    last = assessment.completed_at.date() + timedelta(days=PLAN_DAYS)
    return any(
        plan.assessment_id == assessment.assessment_id
        and plan.agreed_at is not None
        and plan.agreed_at.date() <= last
        for plan in person.plans
    )


def completion(person: Person, today: date) -> Iterator[Part]:
    """OP-05: activities of agreed plans due in the period, and completed by its end.

    In the open period an activity is due when its day came or it was completed before. What was
    still open when its plan closed is not due any more.
    """
    plans = {plan.plan_id: plan for plan in person.plans}
    for activity in person.activities:
        plan = plans.get(activity.plan_id)
        period = periods.of(activity.due_on)
        if plan is None or plan.agreed_at is None or period > periods.of(today):
            continue
        day = as_of(period, today)
        done = activity.completed_at is not None and activity.completed_at.date() <= day
        dropped = plan.closed_at is not None and plan.closed_at.date() < activity.due_on
        if done or (activity.planned and activity.due_on <= day and not dropped):
            unit = activity.unit_code or plan.unit_code
            at, source = activity.due_on.isoformat(), activity.activity_id
            yield Part("OP-05", period, unit, THOUSAND * done, THOUSAND, at, source)


def blend(person: Person) -> Iterator[Part]:
    """OP-06: completed hours, and those of them in workplace, action or network learning."""
    for activity in person.activities:
        if activity.completed_at is not None and activity.unit_code is not None:
            hours = THOUSAND * activity.hours
            practice = hours * (activity.approach in PRACTICE)
            period, at = periods.of(activity.completed_at.date()), ordered(activity.completed_at)
            yield Part("OP-06", period, activity.unit_code, practice, hours, at, activity.activity_id)
