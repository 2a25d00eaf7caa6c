"""What operators ask a service about events that do not flow: given up, dropped, or refused by the broker.

Everything here needs the role ops, and answers ids, kinds and times: never the data of an event.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import sqlalchemy as sa
from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from shared.auth import rights
from shared.database.tables import inbox, outbox, poison, replay
from shared.errors import Conflict
from shared.http.routes import Caller, CommandRoute, Reads, Writes
from shared.telemetry.provider import trace_of

dead_letters = APIRouter(include_in_schema=False, route_class=CommandRoute)

MOST_REFUSED = 100
TICKET = r"^[A-Za-z][A-Za-z._/#-]*[0-9][A-Za-z0-9._/#-]*$"

_DROPPED = (poison.c.dropped_at, poison.c.dropped_by, poison.c.drop_reason, poison.c.drop_ticket)


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
    if not asked.letters:
        return []
    async with request.app.state.database.reading() as session:
        rows = (await session.execute(_states(asked.letters))).all()
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
    letter = sa.and_(poison.c.consumer == durable, poison.c.event_id == event_id)
    forged = (poison.c.reason == "ForeignEvent").label("forged")
    held = sa.select(*_DROPPED, forged).where(letter).with_for_update()
    known = (await session.execute(held)).one_or_none()
    if known is None:
        raise Conflict("dead-letter-applied", "The event has been applied since.")
    if known.dropped_at is not None:
        if (known.drop_reason, known.drop_ticket) != (why.reason, why.ticket):
            raise Conflict("dead-letter-dropped", "It was dropped before, for another reason.")
        return Dropped(**_dropped(known) or {})
    dropped: dict[str, Any] = {"dropped_at": sa.func.now(), "dropped_by": caller.subject_key}
    dropped |= {"drop_reason": why.reason, "drop_ticket": why.ticket}
    row = (await session.execute(sa.update(poison).where(letter).values(dropped).returning(*_DROPPED))).one()
    if not known.forged and not await _skip(session, durable, event_id):
        raise Conflict("dead-letter-applied", "The event has been applied since.")
    return Dropped(**_dropped(row) or {})


@dead_letters.get("/internal/refused-events")
async def refused_events(caller: Caller, session: Reads) -> list[dict[str, Any]]:
    """The oldest 100 events of the outbox that the broker refused, each with its trace. Role ops."""
    rights.require(caller, "operations.run")
    refused = sa.select(outbox).where(outbox.c.sent_at.is_(None), outbox.c.refused_at.is_not(None))
    rows = (await session.execute(refused.order_by(outbox.c.id).limit(MOST_REFUSED))).all()
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


def _states(letters: Sequence[tuple[str, UUID]]) -> sa.Select[Any]:
    """What is on record of letters: a failure, a replay, or both."""
    consumer, event_id = sa.column("consumer", sa.Text), sa.column("event_id", sa.Uuid)
    asked = sa.values(consumer, event_id, name="asked").data(letters)
    failure = sa.and_(poison.c.consumer == asked.c.consumer, poison.c.event_id == asked.c.event_id)
    replayed = sa.and_(replay.c.consumer == asked.c.consumer, replay.c.event_id == asked.c.event_id)
    columns = (
        asked.c.consumer, asked.c.event_id, *_DROPPED, poison.c.reason.is_(None).label("applied"),
        replay.c.replayed_at, replay.c.replayed_by, replay.c.outcome,
        replay.c.reason.label("replay_reason"), replay.c.place.label("replay_place"),
    )  # fmt: skip
    either = asked.outerjoin(poison, failure).outerjoin(replay, replayed)
    on_record = sa.or_(poison.c.reason.is_not(None), replay.c.outcome.is_not(None))
    return sa.select(*columns).select_from(either).where(on_record)


async def _skip(session: AsyncSession, durable: str, event_id: UUID) -> bool:
    """Let the event count as applied, so that whatever brings it again (a replayed stream) is a repeat.

    False where a replay applied it at the same time. Not for a forged one: it is never applied, and the id that
    it names may be another region's event, which must not be skipped.
    """
    applied = insert(inbox).values(consumer=durable, event_id=event_id).on_conflict_do_nothing()
    return await session.scalar(applied.returning(inbox.c.event_id)) is not None


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
