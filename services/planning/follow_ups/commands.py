"""Follow-ups 30, 90 and 180 days after the latest completed activity of a plan."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from uuid_utils.compat import uuid7

from services.planning.plans.commands.departures import people_who_left
from services.planning.tables import directory
from services.planning.tables.plans import follow_up, plan
from shared import clock
from shared.directory.tables import erased_people
from shared.errors import Conflict
from shared.events.planning import FollowUpDue
from shared.messaging import outbox

DAYS = (30, 90, 180)
AT_ONCE = 200
_OF_PLAN = [
    plan.c[name]
    for name in ("plan_id", "version", "assessment_id", "person_id", "post_id", "unit_code", "competencies")
]
CHECK_IN = 30  # answered by the leader; 90 and 180 are re-ratings that assessment opens


async def schedule(session: AsyncSession, plan_id: UUID, completed_on: date) -> None:
    """Date the plan's follow-ups from `completed_on`; a later completion moves those still pending.

    Completions may come in any order: a date only ever moves forward.
    """
    rows = [
        {
            "follow_up_id": uuid7(),
            "plan_id": plan_id,
            "days": days,
            "due_on": completed_on + timedelta(days=days),
        }
        for days in DAYS
    ]
    statement = insert(follow_up).values(rows)
    later = statement.excluded.due_on > follow_up.c.due_on
    statement = statement.on_conflict_do_update(
        index_elements=["plan_id", "days"],
        set_={"due_on": statement.excluded.due_on, "version": follow_up.c.version + 1},
        where=sa.and_(follow_up.c.state == "pending", later),
    )
    await session.execute(statement)


async def fall_due(session: AsyncSession) -> int:
    """Publish the follow-ups whose day has come; returns how many, at most 200 at once.

    Nobody who has left or was erased is asked: a completion that was late news may have dated theirs.
    """
    select = (
        sa.select(follow_up.c.follow_up_id, follow_up.c.days, follow_up.c.due_on, *_OF_PLAN)
        .join(plan, plan.c.plan_id == follow_up.c.plan_id)
        .where(follow_up.c.state == "pending", follow_up.c.due_on <= clock.today())
        .order_by(follow_up.c.due_on, follow_up.c.follow_up_id)
        .limit(AT_ONCE)
        .with_for_update(of=follow_up, skip_locked=True)
    )
    rows = (await session.execute(select)).mappings().all()
    if not rows:
        return 0
    ids = [row["person_id"] for row in rows]
    gone = people_who_left().with_only_columns(directory.person.c.person_id), erased_people()
    people = sa.union(*(each.where(each.selected_columns.person_id.in_(ids)) for each in gone))
    left = set(await session.scalars(people))
    asked = [row for row in rows if row["person_id"] not in left]
    await _become(session, "due", asked)
    await _become(session, "ended", [row for row in rows if row["person_id"] in left])
    await outbox.add_many(session, [(due(row), str(row["plan_id"]), row["version"]) for row in asked])
    return len(rows)


async def _become(session: AsyncSession, state: str, rows: Sequence[Any]) -> None:
    changed = {"state": state, "version": follow_up.c.version + 1}
    which = follow_up.c.follow_up_id.in_([row["follow_up_id"] for row in rows])
    await session.execute(sa.update(follow_up).where(which).values(changed))


def due(row: Any) -> FollowUpDue:
    """The event that says a follow-up's day has come."""
    return FollowUpDue(
        follow_up_id=str(row["follow_up_id"]),
        plan_id=str(row["plan_id"]),
        assessment_id=str(row["assessment_id"]),
        person_id=str(row["person_id"]),
        post_id=str(row["post_id"]),
        unit_code=row["unit_code"],
        days=row["days"],
        due_on=row["due_on"],
        competencies=list(row["competencies"]),
    )


async def answer(
    session: AsyncSession, row: dict[str, Any], applied: int, obstacle: str | None
) -> dict[str, Any]:
    """Take the 30-day check-in. Raises Conflict `follow-up-not-due`, `-answered` or `follow-up-no-check-in`."""
    if row["days"] != CHECK_IN:
        raise Conflict("follow-up-no-check-in", "This follow-up is a re-rating; its raters answer it.")
    if row["state"] != "due":
        code = "follow-up-answered" if row["state"] == "answered" else "follow-up-not-due"
        raise Conflict(code, f"The follow-up is {row['state']}.")
    changed = {
        "state": "answered",
        "applied": applied,
        "obstacle": obstacle,
        "answered_at": clock.now(),
        "version": row["version"] + 1,
    }
    which = follow_up.c.follow_up_id == row["follow_up_id"]
    await session.execute(sa.update(follow_up).where(which).values(changed))
    return {**row, **changed}
