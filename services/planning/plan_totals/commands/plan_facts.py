"""What figures of plans are made of: plans proposed, agreed and closed, activities, hours; each with its day."""

from typing import Any

import sqlalchemy as sa

from services.planning.tables.plans import activity, plan
from shared import clock

PROPOSED = "proposed"
AGREED = "agreed"
COMPLETED = "completed"
CLOSED_OTHERWISE = "closed otherwise"  # with COMPLETED these are all that were closed
ACTIVITIES_DUE = "activities_due"
ACTIVITIES_COMPLETED = "activities_completed"
HOURS = "hours"

PEOPLE = "people"
# The cubes that are released, each with the number of people with plans.
FIGURES_BY_CUBE = {
    "plans proposed": (PROPOSED,),
    "plans agreed": (AGREED,),
    "plans closed": (COMPLETED, CLOSED_OTHERWISE),
    "activities due": (ACTIVITIES_DUE,),
    "activities completed": (ACTIVITIES_COMPLETED,),
    "hours spent": (HOURS,),
}
OF_PLANS = tuple(figure for figures in FIGURES_BY_CUBE.values() for figure in figures)

_ONE = sa.literal_column("1", sa.Integer)


def facts() -> sa.CTE:
    """A row for each fact: figure, day, amount, and the plan that it is of with its person and unit.

    Somebody who completed an activity in no time has a row of hours with the amount 0. A plan without a gap to
    address is none.
    """
    agreed, outcome = plan.c.agreed_at.is_not(None), plan.c.outcome
    # Of somebody who left, what was due on their days was due: only later activities are not.
    while_here = sa.and_(outcome == "person-left", activity.c.due_on <= _day(plan.c.closed_at))
    due = sa.or_(activity.c.state != "cancelled", sa.and_(activity.c.end_reason.is_not(None), while_here))
    done = activity.c.completed_at
    hours = sa.func.coalesce(activity.c.hours_spent, 0)
    found = (
        _fact(PROPOSED, _day(plan.c.proposed_at)),
        _fact(AGREED, _day(plan.c.agreed_at)).where(agreed),
        _fact(COMPLETED, _day(plan.c.closed_at)).where(outcome == "completed"),
        _fact(CLOSED_OTHERWISE, _day(plan.c.closed_at)).where(outcome != "completed"),
        _of_activities(ACTIVITIES_DUE, activity.c.due_on).where(agreed, due),
        _of_activities(ACTIVITIES_COMPLETED, _day(done)).where(done.is_not(None)),
        _of_activities(HOURS, _day(done), hours).where(done.is_not(None)),
    )
    return sa.union_all(*found).cte("facts")


def _fact(figure: str, day: sa.ColumnElement[Any], amount: sa.ColumnElement[Any] = _ONE) -> sa.Select[Any]:
    own = (plan.c.plan_id, plan.c.person_id, plan.c.unit_code, plan.c.assessed_at)
    columns = (*own, sa.literal(figure, sa.Text).label("figure"), day.label("day"), amount.label("amount"))
    return sa.select(*columns).where(plan.c.outcome.is_distinct_from("no-gap"))


def _of_activities(figure: str, day: sa.ColumnElement[Any], *amount: sa.ColumnElement[Any]) -> sa.Select[Any]:
    return _fact(figure, day, *amount).join(activity, activity.c.plan_id == plan.c.plan_id)


def _day(moment: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """The day of a moment in the instance's time zone."""
    return sa.cast(sa.func.timezone(clock.zone(), moment), sa.Date)
