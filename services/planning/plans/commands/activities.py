"""Activities started, completed and cancelled; the last one finished closes its plan."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.plans import plan_states
from services.planning.plans.commands import plans
from services.planning.plans.commands.plans import Plan
from services.planning.tables.plans import activity
from shared import clock
from shared.errors import FieldError, Invalid, NotFound
from shared.events.planning import ActivityCompleted, ActivityStarted
from shared.messaging import outbox


def _find(row: Plan, activity_id: UUID, wanted: str) -> dict[str, Any]:
    """The activity, when it may become `wanted`. Raises NotFound `activity-unknown`, Conflict."""
    plan_states.check_deliver(row["state"])
    found: dict[str, Any] | None = next(
        (item for item in row["activities"] if item["activity_id"] == activity_id), None
    )
    if found is None:
        raise NotFound("activity-unknown", "The plan has no such activity.")
    plan_states.check_activity(found["state"], wanted)
    return found


async def start(session: AsyncSession, row: Plan, activity_id: UUID) -> Plan:
    """Start an activity; the first one makes the plan active."""
    found = _find(row, activity_id, "started")
    now = clock.now()
    changed = await _change(session, row, found, state="started", started_at=now)
    event = ActivityStarted(
        activity_id=str(activity_id),
        plan_id=str(row["plan_id"]),
        person_id=str(row["person_id"]),
        unit_code=row["unit_code"],
        started_at=now,
    )
    await outbox.add(session, event, aggregate_id=event.plan_id, version=changed["version"])
    return changed


async def complete(
    session: AsyncSession, row: Plan, activity_id: UUID, hours: int, completed_on: date | None
) -> Plan:
    """Complete an activity with the hours really spent, today or on an earlier day since its start.

    Raises Invalid `completion-date-invalid` for a day before the start or in the future.
    """
    found = _find(row, activity_id, "completed")
    moment = _moment(found["started_at"], completed_on)
    changed = await _change(session, row, found, state="completed", completed_at=moment, hours_spent=hours)
    event = ActivityCompleted(
        activity_id=str(activity_id),
        plan_id=str(row["plan_id"]),
        person_id=str(row["person_id"]),
        post_id=str(row["post_id"]),
        unit_code=row["unit_code"],
        level=row["level"],
        intervention_code=found["intervention_code"],
        approach=found["approach"],
        delivery=found["delivery"],
        competencies=list(found["competencies"]),
        hours=hours,
        due_on=found["due_on"],
        completed_at=moment,
    )
    await outbox.add(session, event, aggregate_id=event.plan_id, version=changed["version"])
    return await _finish(session, changed)


async def cancel(session: AsyncSession, row: Plan, activity_id: UUID) -> Plan:
    """Give an activity up; the plan is published as agreed without it, so that it is no longer due."""
    found = _find(row, activity_id, "cancelled")
    changed = await _change(session, row, found, state="cancelled")
    await plans.publish_agreed(session, changed)
    return await _finish(session, changed)


async def _change(session: AsyncSession, row: Plan, found: dict[str, Any], **values: Any) -> Plan:
    at = activity.c.activity_id == found["activity_id"]
    await session.execute(sa.update(activity).where(at).values(values))
    started = {"state": "active"} if values["state"] == "started" and row["state"] == "agreed" else {}
    changed = {**found, **values}
    activities = [changed if item is found else item for item in row["activities"]]
    return await plans.touch(session, {**row, "activities": activities}, **started)


async def _finish(session: AsyncSession, row: Plan) -> Plan:
    outcome = plan_states.outcome(item["state"] for item in row["activities"])
    return row if outcome is None else await plans.close(session, row, outcome)


def _moment(started_at: datetime, completed_on: date | None) -> datetime:
    now = clock.now()
    if completed_on is None or completed_on == clock.day_of(now):
        return now
    if not clock.day_of(started_at) <= completed_on < clock.day_of(now):
        error = FieldError("/completed_on", "out-of-range", "The day lies between the start and today.")
        raise Invalid("completion-date-invalid", "The activity was not completed on that day.", [error])
    return max(started_at, clock.noon(completed_on))
