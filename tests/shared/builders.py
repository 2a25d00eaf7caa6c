"""Events with defaults."""

from datetime import UTC, date, datetime

from shared.events.planning import ActivityCompleted, ActivityStarted

MOMENT = datetime(2026, 11, 23, 8, tzinfo=UTC)
PERSON = "0193e1a0-0000-7000-8000-000000000002"


def started(activity_id: str = "a-1") -> ActivityStarted:
    return ActivityStarted(
        activity_id=activity_id, plan_id="p-1", person_id=PERSON, unit_code="N-1", started_at=MOMENT
    )


def completed(activity_id: str = "a-1") -> ActivityCompleted:
    return ActivityCompleted(
        activity_id=activity_id,
        plan_id="p-1",
        person_id=PERSON,
        post_id=PERSON,
        unit_code="N-1",
        level="B",
        intervention_code="X",
        approach="networking",
        delivery="workplace",
        competencies=["VS"],
        hours=4,
        due_on=date(2026, 12, 1),
        completed_at=MOMENT,
    )
