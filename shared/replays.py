"""A dead letter applied again, once its cause is mended: POST /internal/dead-letters/{durable}/replay."""

from uuid import UUID

import msgspec
from fastapi import APIRouter, Request
from sqlalchemy import text

from shared.auth import rights, seals
from shared.database import Database
from shared.errors import Conflict, Forbidden, Invalid, NotFound, Unavailable
from shared.http.problems import lost_database
from shared.http.routes import Caller, CommandRoute
from shared.logs import origin

replays = APIRouter(include_in_schema=False, route_class=CommandRoute)

_WAITING = text("""
select dropped_at from poison
where consumer = :consumer and event_id = :event and buried_at is not null and reason <> 'ForeignEvent'
""")
_MENDED = text("delete from poison where consumer = :consumer and event_id = :event and dropped_at is null")
_NOTE = text("""
insert into replay (consumer, event_id, replayed_by, outcome, reason, place)
values (:consumer, :event, :by, :outcome, :reason, :place)
on conflict (consumer, event_id) do update
set replayed_at = now(), replayed_by = excluded.replayed_by, outcome = excluded.outcome,
    reason = excluded.reason, place = excluded.place
""")
APPLIED, FAILED = "applied", "failed"


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
    sent, pepper = request.headers.get(seals.HEADER), request.app.state.settings.subject_pepper
    if not seals.unbroken(sent, pepper, durable, body):
        raise Forbidden("event-unsealed", "Replay dead letters over the gateway.")
    try:
        parameters = {"consumer": durable, "event": msgspec.json.decode(body, type=_Id).id}
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise Invalid("event-unreadable", "The dead letter is no event.") from None
    database = request.app.state.database
    async with database.reading() as session:
        waiting = (await session.execute(_WAITING, parameters)).one_or_none()
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
        await _note(database, parameters, caller.subject_key, FAILED, kind, line)
        raise Conflict("replay-failed", f"It failed again: {kind} at {line}.") from error
    if not await _note(database, parameters, caller.subject_key, APPLIED):
        raise Conflict("dead-letter-dropped", "It was dropped for good.")
    return {"applied": True}


async def _note(
    database: Database,
    parameters: dict[str, object],
    by: str,
    outcome: str,
    reason: str | None = None,
    place: str | None = None,
) -> bool:
    """What came of a replay; False of one that was dropped meanwhile: the inbox had it, nothing was applied."""
    async with database.session() as session:
        if outcome == APPLIED:
            await session.execute(_MENDED, parameters)
            if (await session.execute(_WAITING, parameters)).one_or_none() is not None:
                return False
        noted = {"by": by, "outcome": outcome, "reason": reason, "place": place}
        await session.execute(_NOTE, parameters | noted)
    return True
