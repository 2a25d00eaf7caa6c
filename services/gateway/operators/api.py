"""For operators: how events flow, and what could not be applied. Role ops; nothing about people."""

from datetime import datetime
from typing import Annotated, Any, Literal
from urllib.parse import quote

import msgspec
from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from services.gateway.http_client.response_parser import Raw
from services.gateway.http_client.upstream import Response as Answered
from services.gateway.http_client.upstream import Upstream, returned
from services.gateway.operators import flow as flow_queries
from services.gateway.operators import letter_states, replays
from services.gateway.operators.dead_letters import DeadLetters, Letter
from services.gateway.views.api import Missing, onward
from shared.auth import rights
from shared.errors import NotFound
from shared.http import Caller, CommandRoute
from shared.messaging.dead_letters import Drop, Dropped, Replayed

router = APIRouter(prefix="/v1", route_class=CommandRoute, tags=["operators"])

CAUSE = r"^[0-9a-f]{12}$"
Sequence = Annotated[int, Path(ge=1, le=2**53)]


class DeadLetter(BaseModel):
    """An event given up by `consumer` of `service`; `reason` is the kind of the error. Without its data.

    `place` is the line of the program that failed, `cause` the same for all with this service, consumer, reason
    and place. `trace_id` names the flow that the event belongs to. `state` is `waiting`, `applied` once a replay
    succeeded, or `dropped`; null when the service cannot be asked. `replayed` says what came of the last replay.
    """

    seq: int
    service: str
    consumer: str
    reason: str
    place: str | None
    cause: str
    subject: str
    event_id: str | None
    event_time: str | None
    buried_at: str | None
    trace_id: str | None
    state: Literal["waiting", "applied", "dropped"] | None
    dropped: Dropped | None
    replayed: Replayed | None


class DeadLetterPage(BaseModel):
    """A page, oldest first."""

    items: list[DeadLetter]
    next: str | None


class RefusedEvent(BaseModel):
    """An event that the broker refused: it waits in the outbox of `service` and is tried again every minute."""

    service: str
    event_id: str
    subject: str
    created_at: datetime
    refused_at: datetime
    trace_id: str | None


class RefusedEvents(BaseModel):
    """The oldest 100 of each service that answered, and which did not."""

    items: list[RefusedEvent]
    missing: list[Missing]


class ReplayAnswer(BaseModel):
    """`applied` is false when the consumer had applied the event before."""

    applied: bool


class Alike(BaseModel):
    """All dead letters of one cause, as the list names it; `cursor` is `next` of the call before."""

    model_config = ConfigDict(extra="forbid")

    cause: Annotated[str, Field(pattern=CAUSE)]
    cursor: Annotated[int, Field(ge=0, le=2**53)] = 0


class ReplaysAnswer(BaseModel):
    """How many were applied, failed again, or were skipped (applied or dropped before); `next` if more follow."""

    applied: int
    failed: int
    skipped: int
    next: int | None


@router.get("/flow", summary="How far events have flowed")
async def flow(request: Request, caller: Caller) -> dict[str, Any]:
    """Events published, consumed, waiting and given up over all services, from their own tables."""
    rights.require(caller, "operations.run")
    upstream: Upstream = request.app.state.upstream
    return await flow_queries.flow(upstream, onward(request))


@router.get("/dead-letters", summary="Events that could not be applied", response_model=DeadLetterPage)
async def dead_letters(
    request: Request,
    caller: Caller,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[int, Query(ge=0, le=2**53, description="`next` of the page before.")] = 0,
    cause: Annotated[str | None, Query(pattern=CAUSE, description="Letters of this cause alone.")] = None,
) -> dict[str, Any]:
    """What the services gave up, oldest first, for 90 days, with what became of each since."""
    rights.require(caller, "operations.run")
    found, more = await _letters(request).page(cursor, limit, cause)
    items = await _described(request, [letter for letter, _ in found])
    return {"items": items, "next": str(more) if more else None}


@router.get("/dead-letters/{seq}", summary="One dead letter", response_model=DeadLetter)
async def dead_letter(request: Request, caller: Caller, seq: Sequence) -> dict[str, Any]:
    """What failed, where and why, and what became of it."""
    rights.require(caller, "operations.run")
    letter, _ = await _letters(request).one(seq)
    return (await _described(request, [letter]))[0]


@router.post("/dead-letters/{seq}/replay", summary="Apply a dead letter now", response_model=ReplayAnswer)
async def replay(request: Request, caller: Caller, seq: Sequence) -> Response:
    """Have the consumer that gave the event up apply it, in one transaction with its inbox.

    Safe to repeat. When it fails again the letter stays what it was: 409 `replay-failed`. One that was dropped is
    not applied any more: 409 `dead-letter-dropped`.
    """
    rights.require(caller, "operations.run")
    letter, event = await _letters(request).one(seq)
    state = request.app.state
    pepper = state.settings.subject_pepper
    async with replays.replaying(state.upstream, onward(request), pepper, letter, event) as response:
        return await _whole(response)


@router.post(
    "/dead-letters/replays", summary="Apply all dead letters of one cause", response_model=ReplaysAnswer
)
async def replay_alike(request: Request, caller: Caller, alike: Alike) -> dict[str, Any]:
    """At most 100 a call, oldest first: repeat with `cursor` = `next` until that is null.

    Safe to repeat: what was applied is skipped. What fails again stays listed, with what came of it.
    """
    rights.require(caller, "operations.run")
    state = request.app.state
    pepper = state.settings.subject_pepper
    done = await replays.replay_alike(
        _letters(request), state.upstream, onward(request), pepper, alike.cause, alike.cursor
    )
    found: dict[str, Any] = msgspec.to_builtins(done)
    return found


@router.post("/dead-letters/{seq}/drop", summary="Drop a dead letter for good", response_model=Dropped)
async def drop(request: Request, caller: Caller, seq: Sequence, why: Drop) -> Response:
    """The event will not be applied any more; the letter stays listed, as dropped, and counts as none.

    Safe to repeat. Another reason than the first one's is refused, 409 `dead-letter-dropped`, as is a letter that
    was applied, 409 `dead-letter-applied`. There is no way back.
    """
    rights.require(caller, "operations.run")
    letter, _ = await _letters(request).one(seq)
    if letter.key is None:
        raise NotFound("dead-letter-unknown", "No service sent this dead letter.")
    target = f"/internal/dead-letters/{quote(letter.consumer, safe='')}/{letter.key}/drop"
    given = request.headers.get("idempotency-key")
    key = [(b"idempotency-key", given.encode("latin-1"))] if given is not None else []
    kind = (b"content-type", b"application/json")
    return await _passed(request, letter.service, target, [kind, *key], why.model_dump_json().encode())


@router.get("/refused-events", summary="Events that the broker refused", response_model=RefusedEvents)
async def refused_events(request: Request, caller: Caller) -> dict[str, Any]:
    """What waits in outboxes because the broker refused it, with the trace of each."""
    rights.require(caller, "operations.run")
    return await letter_states.refused(request.app.state.upstream, onward(request))


async def _described(request: Request, letters: list[Letter]) -> list[dict[str, Any]]:
    states = await letter_states.states(request.app.state.upstream, onward(request), letters)
    return [
        {name: getattr(letter, name) for name in Letter.__struct_fields__ if name != "key"}
        | {"cause": letter.cause}
        | state
        for letter, state in zip(letters, states, strict=True)
    ]


async def _passed(request: Request, service: str, target: str, headers: Raw, body: bytes) -> Response:
    """What `service` answers to an operator's command."""
    upstream: Upstream = request.app.state.upstream
    pairs = [*onward(request), *headers]
    async with upstream.call(service, "POST", target.encode(), pairs, body) as response:
        return await _whole(response)


async def _whole(response: Answered) -> Response:
    """What a service answered, as our own answer."""
    answer = Response(await response.read(), response.status)
    answer.raw_headers = returned(response)
    return answer


def _letters(request: Request) -> DeadLetters:
    letters: DeadLetters = request.app.state.dead_letters
    return letters
