"""Plans as they stand: proposed and agreed contents, the newest version of each counts."""

from collections.abc import Sequence
from typing import TypeVar
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.evaluation.indicators.commands.contributions import measure
from services.evaluation.merged_facts.commands import settle
from shared.database.engine import Connection, raw
from shared.events.planning import PlanAgreed, PlanProposed
from shared.messaging.subscriptions import Received

# A plan may be known from its closing already (content_version 0). Agreement is never taken back,
# so its moment stays, whatever comes later or late.
_PLAN = """
insert into plan (plan_id, content_version, assessment_id, person_id, unit_code, level, proposed_at,
    agreed_at, competencies)
select plan_id, content_version, assessment_id, person_id, unit_code, level, proposed_at, agreed_at,
    string_to_array(competencies, chr(31))
from unnest($1::uuid[], $2::bigint[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::timestamptz[],
        $8::timestamptz[], $9::text[])
    as n(plan_id, content_version, assessment_id, person_id, unit_code, level, proposed_at, agreed_at,
        competencies)
on conflict (plan_id) do update set
    proposed_at = coalesce(excluded.proposed_at, plan.proposed_at),
    agreed_at = coalesce(excluded.agreed_at, plan.agreed_at),
    assessment_id = excluded.assessment_id, level = excluded.level,
    unit_code = case when plan.content_version < excluded.content_version
        then excluded.unit_code else plan.unit_code end,
    competencies = case when plan.content_version < excluded.content_version
        then excluded.competencies else plan.competencies end,
    content_version = greatest(plan.content_version, excluded.content_version)
"""
_CURRENT = """
select plan_id, content_version, agreed_at is not null as agreed from plan where plan_id = any($1::uuid[])
"""
_DROPPED = """
update activity set planned = false
where plan_id = any($1::uuid[]) and activity_id <> all($2::uuid[]) and planned
"""
_PLANNED = """
insert into activity (activity_id, plan_id, person_id, planned, intervention_code, approach,
    competencies, due_on, hours)
select activity_id, plan_id, person_id, true, intervention_code, approach,
    string_to_array(competencies, chr(31)), due_on, hours
from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::date[], $8::int[])
    as n(activity_id, plan_id, person_id, intervention_code, approach, competencies, due_on, hours)
on conflict (activity_id) do update set planned = true,
    intervention_code = excluded.intervention_code, approach = excluded.approach,
    competencies = excluded.competencies, due_on = excluded.due_on, hours = excluded.hours
where activity.completed_at is null
"""
# What a completed activity's own event has stays, whichever event came first.
_PLANNED_DONE = "update activity set planned = true where activity_id = any($1::uuid[]) and not planned"

Content = TypeVar("Content", PlanProposed, PlanAgreed)


async def take_plans(session: AsyncSession, events: Sequence[Received[Content]]) -> None:
    """Take over proposed or agreed plans with their activities; the newest of each plan counts.

    No share of anybody depends on a plan before it is agreed, so only the people of agreed plans are measured:
    a cycle proposes a plan to everybody, and ends those that nobody agreed to.
    """
    newest: dict[UUID, Received[Content]] = {}
    for event in sorted(events, key=lambda event: event.version):
        newest[UUID(event.data.plan_id)] = event
    connection = await raw(session)
    ordered = sorted(newest.items())
    rows = [_plan_row(event.data, event.version) for _, event in ordered]
    await connection.execute(_PLAN, *(list(column) for column in zip(*rows, strict=True)))
    current = await connection.fetch(_CURRENT, sorted(newest))
    stored = {row["plan_id"]: row["content_version"] for row in current}
    agreed = [newest[row["plan_id"]] for row in current if row["agreed"]]
    await _take_activities(
        connection, [event.data for plan_id, event in ordered if stored[plan_id] == event.version]
    )
    people = await settle(session, [UUID(event.data.person_id) for _, event in ordered])
    whose = dict(zip([plan_id for plan_id, _ in ordered], people, strict=True))
    await measure(session, [whose[UUID(event.data.plan_id)] for event in agreed])


def _plan_row(data: Content, version: int) -> tuple[object, ...]:
    proposed_at = data.proposed_at if isinstance(data, PlanProposed) else None
    agreed_at = data.agreed_at if isinstance(data, PlanAgreed) else None
    return (
        UUID(data.plan_id), version, UUID(data.assessment_id), UUID(data.person_id), data.unit_code,
        data.level, proposed_at, agreed_at, chr(31).join(data.competencies),
    )  # fmt: skip


async def _take_activities(connection: Connection, plans: Sequence[Content]) -> None:
    """Activities of plans whose newest content this is; what a plan no longer lists is not due."""
    if not plans:
        return
    rows = {
        UUID(item.activity_id): (
            UUID(plan.plan_id), UUID(plan.person_id), item.intervention_code, item.approach,
            chr(31).join(item.competencies), item.due_on, item.hours,
        )
        for plan in plans
        for item in plan.activities
    }  # fmt: skip
    listed = sorted(rows)
    await connection.execute(_DROPPED, [UUID(plan.plan_id) for plan in plans], listed)
    if listed:
        columns = zip(*(rows[activity] for activity in listed), strict=True)
        await connection.execute(_PLANNED, listed, *map(list, columns))
        await connection.execute(_PLANNED_DONE, listed)
