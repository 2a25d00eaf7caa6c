"""Plans proposed from completed assessments, a batch at a time, or once more under other limits."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from uuid_utils.compat import uuid7

from services.planning import plan_states, views
from services.planning.commands.plans import Plan, touch
from services.planning.drafts import Limits
from services.planning.interventions import Catalogue
from services.planning.proposal import Gap, Proposal, propose
from services.planning.queries import catalogue
from services.planning.queries.plans import complete
from services.planning.reasons import choice_view, left_out_view
from services.planning.tables.plans import activity, plan
from shared import clock, outbox
from shared.consumers import Received
from shared.events.assessment import AssessmentCompleted
from shared.events.planning import PlanProposed

Completed = Received[AssessmentCompleted]

# Of a person's proposed plans only the one from the newest assessment stays, whatever order they came in.
_SUPERSEDE = sa.text("""
update plan set state = 'closed', outcome = 'superseded', closed_at = :now, version = version + 1
where state = 'proposed' and person_id = any(:people) and exists (
    select from plan newer where newer.person_id = plan.person_id and newer.assessed_at > plan.assessed_at)
returning plan_id, version, person_id, unit_code, closed_at, outcome
""")


async def propose_all(session: AsyncSession, events: Sequence[Completed]) -> None:
    """One plan for each assessment of a cycle; a follow-up's re-rating proposes nothing.

    An agreed or active plan goes on beside the new one; a proposed one is superseded. Without a gap
    there is nothing to plan: the plan is closed at once with the outcome `no-gap`.

    Measured: about 1,900 plans a second in batches of 256, six gaps and six activities each, with
    PostgreSQL on the same two quiet cores (80 ms of processor time a batch; the rule takes 14 of them).
    """
    wanted = [event for event in events if event.data.kind == "cycle"]
    if not wanted:
        return
    offered = await catalogue.offered(session)
    limits = await catalogue.limits_of(session, [event.data.unit_code for event in wanted])
    now = clock.now()
    made = [_propose(event.data, offered, limits[event.data.unit_code], now) for event in wanted]
    fresh = await _store(session, [row for row, _ in made])
    kept = [
        (row, items, event)
        for (row, items), event in zip(made, wanted, strict=True)
        if row["plan_id"] in fresh
    ]
    if rows := [item for _, items, _ in kept for item in items]:
        await session.execute(sa.insert(activity), rows)
    entries = []
    for row, items, event in kept:
        entries.append(outbox.row((proposed(row, items), str(row["plan_id"]), 1), event.span))
        if row["outcome"]:
            entries.append(outbox.row((views.plan_closed(row), str(row["plan_id"]), 2), event.span))
    await outbox.put(session, entries)
    await _supersede(session, [row["person_id"] for row, _, _ in kept], now)


def _propose(
    data: AssessmentCompleted, offered: Catalogue, limits: Limits, now: datetime
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The plan's row and its activities' rows."""
    gaps = [Gap(item.competency, item.gap, item.priority) for item in data.priorities]
    found = propose(gaps, data.level, offered, limits, now.date())
    needed = bool(found.competencies)
    row: dict[str, Any] = {
        "plan_id": uuid7(),
        "version": 1 if needed else 2,  # proposed and closed
        "state": "proposed" if needed else "closed",
        "outcome": None if needed else "no-gap",
        "assessment_id": UUID(data.assessment_id),
        "person_id": UUID(data.person_id),
        "post_id": UUID(data.post_id),
        "unit_code": data.unit_code,
        "level": data.level,
        "competencies": list(found.competencies),
        "gaps": [views.gap(item) for item in gaps],
        "left_out": [left_out_view(item) for item in found.left_out],
        "limits": asdict(limits),
        "assessed_at": data.completed_at,
        "proposed_at": now,
        "closed_at": None if needed else now,
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


async def _supersede(session: AsyncSession, people: list[UUID], now: datetime) -> None:
    rows = (await session.execute(_SUPERSEDE, {"people": people, "now": now})).mappings()
    await outbox.add_many(
        session, [(views.plan_closed(dict(row)), str(row["plan_id"]), row["version"]) for row in rows]
    )


async def propose_again(session: AsyncSession, row: Plan, limits: Limits) -> Plan:
    """Propose the plan once more from the same gaps under other limits, in place of what it had.

    Activities are due from today on. Raises Conflict `plan-not-proposed`.
    """
    plan_states.check_change(row["state"])
    gaps = [Gap(**gap) for gap in row["gaps"]]
    found = propose(gaps, row["level"], await catalogue.offered(session), limits, clock.today())
    activities = _activities(row["plan_id"], found)
    await session.execute(sa.delete(activity).where(activity.c.plan_id == row["plan_id"]))
    if activities:
        await session.execute(sa.insert(activity), activities)
    left_out = [left_out_view(item) for item in found.left_out]
    again = await touch(session, row, left_out=left_out, limits=asdict(limits))
    event = proposed(again, activities)
    await outbox.add(session, event, aggregate_id=event.plan_id, version=again["version"])
    return complete(again, activities)


def proposed(row: dict[str, Any], activities: list[dict[str, Any]]) -> PlanProposed:
    """The event that says a plan was proposed."""
    return PlanProposed(**views.plan_fields(row, activities), proposed_at=row["proposed_at"])
