"""A dead letter applied again, once its cause is mended: POST /internal/dead-letters/{durable}/replay."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec
import sqlalchemy as sa
from fastapi import APIRouter, Request
from sqlalchemy.dialects.postgresql import insert

from shared.auth import rights, signatures
from shared.database.engine import Database
from shared.database.failures import lost_database
from shared.database.tables import poison
from shared.database.tables import replay as replay_record
from shared.errors import Conflict, Forbidden, Invalid, NotFound, Unavailable
from shared.http.routes import Caller, CommandRoute
from shared.telemetry.logs import origin

replays = APIRouter(include_in_schema=False, route_class=CommandRoute)

APPLIED, FAILED = "applied", "failed"


@dataclass(frozen=True, slots=True)
class Letter:
    """An event that one durable consumer gave up."""

    durable: str
    event_id: UUID

    def on_record(self) -> tuple[sa.ColumnElement[bool], ...]:
        """The condition on `poison` that is true of it."""
        return (poison.c.consumer == self.durable, poison.c.event_id == self.event_id)

    def waiting(self) -> sa.Select[Any]:
        """Whether it may be replayed, and when it was dropped: no row of one that was applied, or forged."""
        given_up = sa.and_(poison.c.buried_at.is_not(None), poison.c.reason != "ForeignEvent")
        return sa.select(poison.c.dropped_at).where(*self.on_record(), given_up)


class _Id(msgspec.Struct):
    id: UUID


_EVENT = {"requestBody": {"required": True, "content": {"application/cloudevents+json": {}}}}


@replays.post("/internal/dead-letters/{durable}/replay", openapi_extra=_EVENT)
async def replay(request: Request, caller: Caller, durable: str) -> dict[str, bool]:
    """Apply one event that `durable` gave up; the body is the event, sealed by the gateway. Role ops.

    Only what is on record as given up is applied, once, never what a region forged, and only as the
    gateway read it from the dead-letter stream: a token alone must not put words into an event.
    When, by whom and with which outcome stays on record.
    Raises NotFound `consumer-unknown`, Forbidden `event-unsealed`, Invalid `event-unreadable`, Unavailable
    `broker-away`, Conflict `replay-failed` when it fails again and `dead-letter-dropped` when it was dropped.
    """
    rights.require(caller, "operations.run")
    broker = request.app.state.broker
    if all(item.durable != durable for item in broker.consumers.subscriptions):
        raise NotFound("consumer-unknown", "This service has no such consumer.")
    body = await request.body()
    sent, pepper = request.headers.get(signatures.HEADER), request.app.state.settings.subject_pepper
    if not signatures.unbroken(sent, pepper, durable, body):
        raise Forbidden("event-unsealed", "Replay dead letters over the gateway.")
    try:
        letter = Letter(durable, msgspec.json.decode(body, type=_Id).id)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise Invalid("event-unreadable", "The dead letter is no event.") from None
    database = request.app.state.database
    async with database.reading() as session:
        waiting = (await session.execute(letter.waiting())).one_or_none()
    if waiting is None:
        return {"applied": False}
    if waiting.dropped_at is not None:
        raise Conflict("dead-letter-dropped", "It was dropped for good.")
    try:
        await broker.replay(durable, body)
    except Exception as error:
        if isinstance(error, Unavailable) or lost_database(error):
            raise
        kind, line = type(error).__name__, origin(error)
        await _note(database, letter, caller.subject_key, FAILED, kind, line)
        raise Conflict("replay-failed", f"It failed again: {kind} at {line}.") from error
    if not await _note(database, letter, caller.subject_key, APPLIED):
        raise Conflict("dead-letter-dropped", "It was dropped for good.")
    return {"applied": True}


async def _note(
    database: Database,
    letter: Letter,
    by: str,
    outcome: str,
    reason: str | None = None,
    place: str | None = None,
) -> bool:
    """What came of a replay; False of one that was dropped meanwhile: the inbox had it, nothing was applied."""
    async with database.session() as session:
        if outcome == APPLIED:
            mended = sa.delete(poison).where(*letter.on_record(), poison.c.dropped_at.is_(None))
            await session.execute(mended)
            if (await session.execute(letter.waiting())).one_or_none() is not None:
                return False
        noted = {"replayed_by": by, "outcome": outcome, "reason": reason, "place": place}
        first = insert(replay_record).values(consumer=letter.durable, event_id=letter.event_id, **noted)
        again = {"replayed_at": sa.func.now(), **noted}
        await session.execute(
            first.on_conflict_do_update(index_elements=["consumer", "event_id"], set_=again)
        )
    return True
