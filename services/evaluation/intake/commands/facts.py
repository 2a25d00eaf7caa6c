"""Events become facts. Any order and any number of repeats end in the same rows.

Rows of a batch are written in key order, so that two consumers never wait for each other in a circle.
"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.evaluation.indicators.commands.contributions import measure
from services.evaluation.merged_facts.commands import settle
from shared import clock, periods
from shared.database.arrays import literal
from shared.database.engine import raw
from shared.events.assessment import AssessmentCompleted, ReRatingUnscored
from shared.events.planning import ActivityCompleted, ActivityStarted, FollowUpDue, PlanClosed
from shared.messaging.subscriptions import Received

_PERIODS = """
insert into period (period, measured) select unnest($1::text[]), false
on conflict do nothing
"""
_ASSESSMENT = """
insert into assessment (assessment_id, version, person_id, kind, plan_id, follow_up_days, unit_code, level,
    completed_at, period, measured_on, item_marks, scores, others, targets, weights, priorities)
select assessment_id, version, person_id, kind, plan_id, follow_up_days, unit_code, level, completed_at, period,
    measured_on, string_to_array(item_marks, chr(31)), scores::smallint[],
    others::smallint[], targets::smallint[], weights::smallint[],
    string_to_array(priorities, chr(31))
from unnest($1::uuid[], $2::bigint[], $3::uuid[], $4::text[], $5::uuid[], $6::smallint[], $7::text[], $8::text[],
    $9::timestamptz[], $10::text[], $11::date[], $12::text[], $13::text[], $14::text[], $15::text[], $16::text[],
    $17::text[])
    as n(assessment_id, version, person_id, kind, plan_id, follow_up_days, unit_code, level, completed_at, period,
        measured_on, item_marks, scores, others, targets, weights, priorities)
on conflict (assessment_id) do update set version = excluded.version, unit_code = excluded.unit_code,
    scores = excluded.scores, others = excluded.others, targets = excluded.targets,
    weights = excluded.weights, priorities = excluded.priorities
where assessment.version < excluded.version
"""
_PLAN_CLOSED = """
insert into plan (plan_id, content_version, person_id, unit_code, closed_at, outcome, competencies)
select plan_id, 0, person_id, unit_code, closed_at, outcome, '{}'
from unnest($1::uuid[], $2::uuid[], $3::text[], $4::timestamptz[], $5::text[])
    as n(plan_id, person_id, unit_code, closed_at, outcome)
on conflict (plan_id) do update set closed_at = excluded.closed_at, outcome = excluded.outcome
"""
_AGREED = "select person_id from plan where plan_id = any($1::uuid[]) and agreed_at is not null"
_STARTED = """
insert into activity (activity_id, plan_id, person_id, planned, competencies, started_at)
values ($1, $2, $3, false, '{}', $4)
on conflict (activity_id) do update set started_at = excluded.started_at
"""
_COMPLETED = """
insert into activity (activity_id, plan_id, person_id, planned, intervention_code, approach,
    competencies, due_on, hours, unit_code, completed_at)
values ($1, $2, $3, false, $4, $5, $6, $7, $8, $9, $10)
on conflict (activity_id) do update set intervention_code = excluded.intervention_code,
    approach = excluded.approach, competencies = excluded.competencies, due_on = excluded.due_on,
    hours = excluded.hours, unit_code = excluded.unit_code, completed_at = excluded.completed_at
"""
_FOLLOW_UP = """
insert into follow_up (follow_up_id, plan_id, person_id, days, due_on) values ($1, $2, $3, $4, $5)
on conflict do nothing
"""
_UNSCORED = """
insert into unscored_re_rating (assessment_id, plan_id, person_id, days, outcome) values ($1, $2, $3, $4, $5)
on conflict do nothing
"""


async def take_assessments(session: AsyncSession, events: Sequence[Received[AssessmentCompleted]]) -> None:
    """Completed assessments: facts of their people, whose shares follow; none of one that measured nothing."""
    events = [event for event in events if event.data.measured]
    if not events:
        return
    connection = await raw(session)
    newest = {event.data.assessment_id: event for event in sorted(events, key=lambda event: event.version)}
    rows = [_assessment_row(event) for _, event in sorted(newest.items())]
    await connection.execute(_PERIODS, sorted({event.data.period for event in events}))
    await connection.execute(_ASSESSMENT, *(list(column) for column in zip(*rows, strict=True)))
    people = {UUID(person) for event in events for person in (event.data.made_for, event.data.person_id)}
    await measure(session, await settle(session, sorted(people)))


def _assessment_row(event: Received[AssessmentCompleted]) -> tuple[object, ...]:
    data = event.data
    return (
        UUID(data.assessment_id), event.version, UUID(data.made_for), data.kind,
        UUID(data.plan_id) if data.plan_id else None, data.follow_up_days, data.unit_code, data.level,
        data.completed_at, data.period, data.measured_on,
        None if data.item_marks is None else chr(31).join(data.item_marks),
        literal(data.scores), literal(data.others), literal(data.targets), literal(data.weights),
        chr(31).join(priority.competency for priority in data.priorities),
    )  # fmt: skip


async def close_plans(session: AsyncSession, events: Sequence[Received[PlanClosed]]) -> None:
    """Plans ended: what was still open of them is not due any more. Of a plan never agreed nothing was due."""
    connection = await raw(session)
    rows = {
        UUID(data.plan_id): (UUID(data.person_id), data.unit_code, data.closed_at, data.outcome)
        for data in sorted((event.data for event in events), key=lambda data: data.closed_at)
    }
    ordered = sorted(rows)
    columns = zip(*(rows[plan] for plan in ordered), strict=True)
    await connection.execute(_PLAN_CLOSED, ordered, *map(list, columns))
    await settle(session, [UUID(event.data.person_id) for event in events])
    agreed = await connection.fetch(_AGREED, ordered)
    await measure(session, [row["person_id"] for row in agreed])


async def start_activities(session: AsyncSession, events: Sequence[Received[ActivityStarted]]) -> None:
    """Activities started: shown in a plan's evaluation, no figure depends on it."""
    connection = await raw(session)
    rows = sorted(
        (UUID(data.activity_id), UUID(data.plan_id), UUID(data.person_id), data.started_at)
        for data in (event.data for event in events)
    )
    await connection.executemany(_STARTED, rows)
    await settle(session, [UUID(event.data.person_id) for event in events])


async def complete_activities(session: AsyncSession, events: Sequence[Received[ActivityCompleted]]) -> None:
    """Activities completed, with the hours really spent."""
    connection = await raw(session)
    items = sorted((event.data for event in events), key=lambda data: data.activity_id)
    await connection.execute(
        _PERIODS, sorted({periods.of(clock.day_of(data.completed_at)) for data in items})
    )
    await connection.executemany(
        _COMPLETED,
        [
            (
                UUID(data.activity_id), UUID(data.plan_id), UUID(data.person_id), data.intervention_code,
                data.approach, data.competencies, data.due_on, data.hours, data.unit_code, data.completed_at,
            )
            for data in items
        ],
    )  # fmt: skip
    await measure(session, await settle(session, [UUID(data.person_id) for data in items]))


async def note_follow_ups(session: AsyncSession, events: Sequence[Received[FollowUpDue]]) -> None:
    """Follow-ups fell due: a plan's evaluation tells what is still missing."""
    connection = await raw(session)
    rows = sorted(
        (UUID(data.follow_up_id), UUID(data.plan_id), UUID(data.person_id), data.days, data.due_on)
        for data in (event.data for event in events)
    )
    await connection.executemany(_FOLLOW_UP, rows)
    await settle(session, [UUID(event.data.person_id) for event in events])


async def note_unscored(session: AsyncSession, events: Sequence[Received[ReRatingUnscored]]) -> None:
    """Re-ratings ended without a score: a plan's evaluation says so and waits no longer."""
    connection = await raw(session)
    rows = sorted(
        (
            UUID(data.assessment_id),
            UUID(data.plan_id),
            UUID(data.person_id),
            data.follow_up_days,
            data.outcome,
        )
        for data in (event.data for event in events)
    )
    await connection.executemany(_UNSCORED, rows)
    await settle(session, [UUID(event.data.person_id) for event in events])
