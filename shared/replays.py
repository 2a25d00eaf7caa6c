"""A dead letter applied again, once its cause is mended: POST /internal/dead-letters/{durable}/replay."""

from uuid import UUID

import msgspec
from fastapi import APIRouter, Request
from sqlalchemy import text

from shared.auth import seals
from shared.errors import Conflict, Forbidden, Invalid, NotFound, Unavailable
from shared.http.problems import lost_database
from shared.http.routes import Caller, CommandRoute

replays = APIRouter(include_in_schema=False, route_class=CommandRoute)

_WAITING = text("""
select dropped_at from poison
where consumer = :consumer and event_id = :event and buried_at is not null and reason <> 'ForeignEvent'
""")
_MENDED = text("delete from poison where consumer = :consumer and event_id = :event and dropped_at is null")


class _Id(msgspec.Struct):
    id: UUID


@replays.post("/internal/dead-letters/{durable}/replay")
async def replay(request: Request, caller: Caller, durable: str) -> dict[str, bool]:
    """Apply one event that `durable` gave up; the body is the event, sealed by the gateway. Role ops.

    Only what is on record as given up is applied, once, never what a region forged, and only as the
    gateway read it from the dead-letter stream: a token alone must not put words into an event.
    Raises NotFound `consumer-unknown`, Forbidden `event-unsealed`, Invalid `event-unreadable`, Unavailable
    `broker-away`, Conflict `replay-failed` when it fails again and `dead-letter-dropped` when it was dropped.
    """
    caller.require("ops")
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
        raise Conflict("replay-failed", f"It failed again: {type(error).__name__}.") from error
    async with database.session() as session:
        await session.execute(_MENDED, parameters)
        dropped = (await session.execute(_WAITING, parameters)).one_or_none()
    if dropped is not None:  # meanwhile; the inbox had it then, and nothing was applied
        raise Conflict("dead-letter-dropped", "It was dropped for good.")
    return {"applied": True}
