"""What operators ask a service about events that do not flow: given up, dropped, or refused by the broker.

Everything here needs the role ops, and answers ids, kinds and times: never the data of an event.
"""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import text

from shared.auth import rights
from shared.errors import Conflict
from shared.http.routes import Caller, CommandRoute, Reads, Writes
from shared.telemetry import trace_of

dead_letters = APIRouter(include_in_schema=False, route_class=CommandRoute)

MOST_REFUSED = 100
TICKET = r"^[A-Za-z][A-Za-z._/#-]*[0-9][A-Za-z0-9._/#-]*$"

_COLUMNS = "consumer, event_id, dropped_at, dropped_by, drop_reason, drop_ticket"
_STATES = text(f"""
select {_COLUMNS}, poison.reason is null as applied,
       replayed_at, replayed_by, outcome, replay.reason as replay_reason, replay.place as replay_place
from unnest(cast(:consumers as text[]), cast(:events as uuid[])) as asked (consumer, event_id)
left join poison using (consumer, event_id) left join replay using (consumer, event_id)
where poison.reason is not null or outcome is not null
""")
_LETTER = text(f"""
select {_COLUMNS}, reason = 'ForeignEvent' as forged from poison
where consumer = :consumer and event_id = :event for update
""")
_DROP = text(f"""
update poison set dropped_at = now(), dropped_by = :by, drop_reason = :reason, drop_ticket = :ticket
where consumer = :consumer and event_id = :event returning {_COLUMNS}
""")
# As if it had been applied: whatever brings the event again (a stream that is replayed) is skipped as a repeat.
# One that is there already was applied by a replay at the same time. A forged one never is applied, and the id
# that it names may be another region's event, which must not be skipped.
_SKIP = text("""
insert into inbox (consumer, event_id) values (:consumer, :event) on conflict do nothing returning event_id
""")
_REFUSED = text("""
select event_id, subject, created_at, refused_at, payload from outbox
where sent_at is null and refused_at is not null order by id limit :most
""")


class Drop(BaseModel):
    """Why a dead letter is dropped. No free text, so that nobody writes about people here.

    `duplicate`: stored by another way; `obsolete`: later events say more; `invalid`: what it says is wrong;
    `test-data`; `other`: see the ticket. `ticket` refers to where the case is written down, such as OPS-4711:
    never a name, number or address of a person. It has a digit, so that a name alone is none.
    """

    model_config = ConfigDict(extra="forbid")

    reason: Literal["duplicate", "obsolete", "invalid", "test-data", "other"]
    ticket: Annotated[str, Field(max_length=40, pattern=TICKET)] | None = None


class Dropped(BaseModel):
    """When, by whom (the opaque key of the sign-in) and why a dead letter was dropped."""

    at: datetime
    by: str
    reason: str
    ticket: str | None


class Replayed(BaseModel):
    """When and by whom (the opaque key of the sign-in) a dead letter was last replayed, and what came of it.

    Of one that failed again `reason` is the kind of the error and `place` the line of the program.
    """

    at: datetime
    by: str
    outcome: Literal["applied", "failed"]
    reason: str | None
    place: str | None


class Letters(BaseModel):
    """Dead letters to look up, pairs of durable consumer and event id."""

    model_config = ConfigDict(extra="forbid")

    letters: Annotated[list[tuple[str, UUID]], Field(max_length=200)]


@dead_letters.post("/internal/dead-letters/states")
async def states(request: Request, caller: Caller, asked: Letters) -> list[dict[str, Any]]:
    """Of each letter asked for what is on record: whether it was applied, how it was dropped or last replayed.

    What is not in the answer has been applied since, longer ago than replays are on record. Role ops.
    """
    rights.require(caller, "operations.run")
    parameters = {
        "consumers": [consumer for consumer, _ in asked.letters],
        "events": [event for _, event in asked.letters],
    }
    async with request.app.state.database.reading() as session:
        rows = (await session.execute(_STATES, parameters)).all()
    return [
        {
            "consumer": row.consumer,
            "event_id": row.event_id,
            "applied": row.applied,
            "dropped": _dropped(row),
            "replayed": _replayed(row),
        }
        for row in rows
    ]


@dead_letters.post("/internal/dead-letters/{durable}/{event_id}/drop")
async def drop(caller: Caller, session: Writes, durable: str, event_id: UUID, why: Drop) -> Dropped:
    """Give an event up for good: it is not applied any more, and counts as no dead letter. Role ops.

    The same drop again answers as the first one. Raises Conflict `dead-letter-applied` when there is
    nothing left to drop, and `dead-letter-dropped` when it was dropped for another reason.
    """
    rights.require(caller, "operations.run")
    key = {"consumer": durable, "event": event_id}
    known = (await session.execute(_LETTER, key)).one_or_none()
    if known is None:
        raise Conflict("dead-letter-applied", "The event has been applied since.")
    if known.dropped_at is not None:
        if (known.drop_reason, known.drop_ticket) != (why.reason, why.ticket):
            raise Conflict("dead-letter-dropped", "It was dropped before, for another reason.")
        return Dropped(**_dropped(known) or {})
    values = {"by": caller.subject_key, "reason": why.reason, "ticket": why.ticket}
    row = (await session.execute(_DROP, key | values)).one()
    if not known.forged and (await session.execute(_SKIP, key)).one_or_none() is None:
        raise Conflict("dead-letter-applied", "The event has been applied since.")
    return Dropped(**_dropped(row) or {})


@dead_letters.get("/internal/refused-events")
async def refused_events(caller: Caller, session: Reads) -> list[dict[str, Any]]:
    """The oldest 100 events of the outbox that the broker refused, each with its trace. Role ops."""
    rights.require(caller, "operations.run")
    rows = (await session.execute(_REFUSED, {"most": MOST_REFUSED})).all()
    return [
        {
            "event_id": row.event_id,
            "subject": row.subject,
            "created_at": row.created_at,
            "refused_at": row.refused_at,
            "trace_id": trace_of(row.payload),
        }
        for row in rows
    ]


def _dropped(row: Any) -> dict[str, Any] | None:
    if row.dropped_at is None:
        return None
    return {
        "at": row.dropped_at,
        "by": row.dropped_by,
        "reason": row.drop_reason,
        "ticket": row.drop_ticket,
    }


def _replayed(row: Any) -> dict[str, Any] | None:
    if row.replayed_at is None:
        return None
    return {
        "at": row.replayed_at,
        "by": row.replayed_by,
        "outcome": row.outcome,
        "reason": row.replay_reason,
        "place": row.replay_place,
    }
