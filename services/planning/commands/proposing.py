"""Plans proposed from completed assessments, a batch at a time."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from uuid_utils.compat import uuid7

from services.planning import views
from services.planning.proposal import Gap, Limits, Proposal, propose
from services.planning.queries import catalogue
from services.planning.reasons import choice_view, left_out_view
from services.planning.tables.plans import activity, plan
from shared import clock, outbox
from shared.consumers import Received
from shared.events.assessment import AssessmentCompleted
from shared.events.planning import PlanClosed, PlanProposed

Completed = Received[AssessmentCompleted]

# Of a person's proposed plans only the one from the newest assessment stays, whatever order they came in.
_SUPERSEDE = sa.text("""
update plan set state = 'closed', outcome = 'superseded', closed_at = :now, version = version + 1
where state = 'proposed' and person_id = any(:people) and exists (
    select from plan newer where newer.person_id = plan.person_id and newer.assessed_at > plan.assessed_at)
returning plan_id, version, person_id, unit_code
""")


async def propose_all(session: AsyncSession, events: Sequence[Completed]) -> None:
    """One plan for each assessment of a cycle; a follow-up's re-rating proposes nothing.

    An agreed or active plan goes on beside the new one; a proposed one is superseded.
    """
    wanted = [event for event in events if event.data.kind == "cycle"]
    if not wanted:
        return
    offered = await catalogue.offered(session)
    limits = await catalogue.limits_of(session, [event.data.unit_code for event in wanted])
    made = [_propose(event, offered, limits[event.data.unit_code]) for event in wanted]
    fresh = await _store(session, [row for row, _ in made])
    kept = [(row, activities) for row, activities in made if row["plan_id"] in fresh]
    if rows := [item for _, activities in kept for item in activities]:
        await session.execute(sa.insert(activity), rows)
    causes = {UUID(event.data.assessment_id): event.span for event in wanted}
    entries = [(proposed(row, items), causes[row["assessment_id"]]) for row, items in kept]
    await outbox.put(session, [outbox.row((event, event.plan_id, 1), cause) for event, cause in entries])
    await _supersede(session, [row["person_id"] for row, _ in kept])


def _propose(event: Completed, offered: Any, limits: Limits) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The plan's row and its activities' rows."""
    data, now = event.data, clock.now()
    gaps = [Gap(item.competency, item.gap, item.priority) for item in data.priorities]
    found = propose(gaps, data.level, offered, limits, now.date())
    row: dict[str, Any] = {
        "plan_id": uuid7(),
        "state": "proposed",
        "assessment_id": UUID(data.assessment_id),
        "person_id": UUID(data.person_id),
        "post_id": UUID(data.post_id),
        "unit_code": data.unit_code,
        "level": data.level,
        "competencies": list(found.competencies),
        "left_out": [left_out_view(item) for item in found.left_out],
        "limits": asdict(limits),
        "assessed_at": data.completed_at,
        "proposed_at": now,
    }
    return row, _activities(row["plan_id"], found)


def _activities(plan_id: UUID, found: Proposal) -> list[dict[str, Any]]:
    return [
        views.activity_row(plan_id, place, item.intervention, item.due_on, choice_view(item.choice))
        for place, item in enumerate(found.activities)
    ]


async def _store(session: AsyncSession, rows: list[dict[str, Any]]) -> set[UUID]:
    """Insert plans of assessments that have none yet; returns the ids that are new."""
    statement = (
        insert(plan).on_conflict_do_nothing(index_elements=["assessment_id"]).returning(plan.c.plan_id)
    )
    return set(await session.scalars(statement, rows))


async def _supersede(session: AsyncSession, people: list[UUID]) -> None:
    now = clock.now()
    rows = (await session.execute(_SUPERSEDE, {"people": people, "now": now})).all()
    entries: list[outbox.Entry] = [
        (
            PlanClosed(
                plan_id=str(row.plan_id),
                person_id=str(row.person_id),
                unit_code=row.unit_code,
                closed_at=now,
                outcome="superseded",
            ),
            str(row.plan_id),
            row.version,
        )
        for row in rows
    ]
    await outbox.add_many(session, entries)


def proposed(row: dict[str, Any], activities: list[dict[str, Any]]) -> PlanProposed:
    """The event that says a plan was proposed."""
    return PlanProposed(**views.plan_fields(row, activities), proposed_at=row["proposed_at"])
