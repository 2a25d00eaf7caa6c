"""Plans proposed from completed assessments, a batch at a time, or once more under other limits."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

import orjson
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession
from uuid_utils.compat import uuid7

from services.planning.catalogue import queries as catalogue
from services.planning.catalogue.interventions import Catalogue
from services.planning.catalogue.limits import Limits
from services.planning.merged_plans.commands import settle
from services.planning.plans import plan_states, representations
from services.planning.plans.commands import departures
from services.planning.plans.commands.plans import Plan, touch
from services.planning.plans.proposal import Gap, Proposal, propose
from services.planning.plans.queries import complete
from services.planning.plans.reasons import Choice, choice_view, left_out_view
from services.planning.tables.plans import activity, plan
from shared import clock
from shared.database.engine import raw
from shared.events.assessment import AssessmentCompleted
from shared.events.framework import COMPETENCIES
from shared.messaging import outbox
from shared.messaging.subscriptions import Received

Completed = Received[AssessmentCompleted]

_COLUMNS = """plan_id, version, state, outcome, assessment_id, person_id, post_id, unit_code, level, competencies,
    gaps, not_measured, left_out, limits, assessed_at, proposed_at, closed_at"""
_STORE = f"""
insert into plan ({_COLUMNS}) select {_COLUMNS} from json_populate_recordset(null::plan, $1::text::json)
on conflict (assessment_id) do nothing returning plan_id
"""

# Of a person's proposed plans only the one from the newest assessment stays, whatever order they came in; and
# those with an aim that no newer assessment measured, of which nothing newer is known.
_newer = plan.alias("newer")
_SUPERSEDED = sa.and_(
    plan.c.state == sa.literal("proposed", literal_execute=True),  # as the partial index has it
    sa.exists().where(
        _newer.c.person_id == plan.c.person_id,
        _newer.c.assessed_at > plan.c.assessed_at,
        ~_newer.c.not_measured.overlap(plan.c.competencies),
    ),
)

# Many plans share the same few reasons and limits: written once, used by all.
_left_out = lru_cache(4096)(left_out_view)
_limits = lru_cache(256)(asdict)


@lru_cache(4096)
def _reason(choice: Choice) -> str:
    return orjson.dumps(choice_view(choice)).decode()


async def propose_all(session: AsyncSession, events: Sequence[Completed]) -> None:
    """One plan for each assessment of a cycle; a follow-up's re-rating proposes nothing.

    An agreed or active plan goes on together with the new one; a proposed one is superseded. Without a gap
    there is nothing to plan: the plan is closed at once with the outcome `no-gap`. Of an assessment
    that measured nothing nothing follows.

    Measured: 66 ms of processor time a batch of 256 with six gaps and six activities each, of which the
    rule takes 15; by SQLAlchemy's inserts it was 107.
    """
    wanted = [event for event in events if event.data.kind == "cycle" and event.data.measured]
    if not wanted:
        return
    offered = await catalogue.offered(session)
    limits = await catalogue.limits_of(session, [event.data.unit_code for event in wanted])
    now = clock.now()
    made = [_propose(event.data, offered, limits[event.data.unit_code], now) for event in wanted]
    fresh = await _store(session, [row for row, _ in made])
    stored = [
        (row, items, event)
        for (row, items), event in zip(made, wanted, strict=True)
        if row["plan_id"] in fresh
    ]
    await _store_activities(session, [item for _, items, _ in stored for item in items])
    entries = []
    for row, items, event in stored:
        proposed = representations.plan_proposed(row, items)
        entries.append(outbox.row((proposed, proposed.plan_id, 1), event.span))
        if row["outcome"]:
            entries.append(outbox.row((representations.plan_closed(row), str(row["plan_id"]), 2), event.span))
    await outbox.put(session, entries)
    people = await settle(session, [row["person_id"] for row, _, _ in stored])
    await _supersede(session, people, now)
    await departures.end_plans_of(session, people)  # an assessment may be completed after its person left


def _propose(
    data: AssessmentCompleted, offered: Catalogue, limits: Limits, now: datetime
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The plan's row and its activities' rows."""
    unverified = {code for code, mark in zip(COMPETENCIES, data.unverified, strict=True) if mark}
    gaps = [
        Gap(item.competency, item.gap, item.priority, item.competency in unverified)
        for item in data.priorities
    ]
    found = propose(gaps, data.level, offered, limits, clock.day_of(now))
    needed = bool(found.competencies)
    row: dict[str, Any] = {
        "plan_id": uuid7(),
        "version": 1 if needed else 2,  # proposed and closed
        "state": "proposed" if needed else "closed",
        "outcome": None if needed else "no-gap",
        "assessment_id": UUID(data.assessment_id),
        "person_id": UUID(data.made_for),
        "post_id": UUID(data.post_id),
        "unit_code": data.unit_code,
        "level": data.level,
        "competencies": list(found.competencies),
        "gaps": [representations.gap(item) for item in gaps],
        "not_measured": representations.not_measured(data.scores),
        "left_out": [_left_out(item) for item in found.left_out],
        "limits": _limits(limits),
        "assessed_at": data.completed_at,
        "proposed_at": now,
        "closed_at": None if needed else now,
    }
    return row, _activities(row["plan_id"], found, _reason)


def _activities(
    plan_id: UUID, found: Proposal, reason: Callable[[Choice], Any] = choice_view
) -> list[dict[str, Any]]:
    return [
        representations.activity_row(
            uuid7(), plan_id, place, item.intervention, item.due_on, reason(item.choice)
        )
        for place, item in enumerate(found.activities)
    ]


async def _store(session: AsyncSession, rows: list[dict[str, Any]]) -> set[UUID]:
    """Insert plans of assessments that have none yet; returns the ids that are new."""
    connection = await raw(session)
    stored = await connection.fetch(_STORE, orjson.dumps(rows).decode())
    return {row["plan_id"] for row in stored}


async def _store_activities(session: AsyncSession, rows: list[dict[str, Any]]) -> None:
    """Insert the activities of new plans, their reasons being JSON already."""
    if rows:
        connection = await raw(session)
        records = [tuple(row.values()) for row in rows]
        await connection.copy_records_to_table("activity", records=records, columns=list(rows[0]))


async def _supersede(session: AsyncSession, people: list[UUID], now: datetime) -> None:
    closed = {"state": "closed", "outcome": "superseded", "closed_at": now, "version": plan.c.version + 1}
    whose = sa.literal(people, ARRAY(sa.Uuid))
    statement = sa.update(plan).where(_SUPERSEDED, plan.c.person_id == sa.any_(whose)).values(closed)
    of_event = ("plan_id", "version", "person_id", "unit_code", "closed_at", "outcome")
    rows = (await session.execute(statement.returning(*(plan.c[name] for name in of_event)))).mappings()
    await outbox.add_many(
        session,
        [(representations.plan_closed(dict(row)), str(row["plan_id"]), row["version"]) for row in rows],
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
    event = representations.plan_proposed(again, activities)
    await outbox.add(session, event, aggregate_id=event.plan_id, version=again["version"])
    return complete(again, activities)
