"""For operators: how events flow, and what could not be applied. Role ops; nothing about people."""

from typing import Annotated, Any
from urllib.parse import quote

import msgspec
from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel

from services.gateway.api.views import onward
from services.gateway.queries import flow as flow_queries
from services.gateway.queries.dead_letters import DeadLetters, Letter
from services.gateway.upstream import Upstream, returned
from shared.auth import seals
from shared.http import Caller, CommandRoute

router = APIRouter(prefix="/v1", route_class=CommandRoute, tags=["operators"])

Sequence = Annotated[int, Path(ge=1, le=2**53)]


class DeadLetter(BaseModel):
    """An event given up by `consumer` of `service`; `reason` is the kind of the error. Without its data."""

    seq: int
    service: str
    consumer: str
    reason: str
    subject: str
    event_id: str | None
    event_time: str | None
    buried_at: str | None


class DeadLetterPage(BaseModel):
    """A page, oldest first."""

    items: list[DeadLetter]
    next: str | None


class ReplayAnswer(BaseModel):
    """`applied` is false when the consumer had applied the event before."""

    applied: bool


@router.get("/flow", summary="How far events have flowed")
async def flow(request: Request, caller: Caller) -> dict[str, Any]:
    """Events published, consumed, waiting and given up over all services, from their own tables."""
    caller.require("ops")
    upstream: Upstream = request.app.state.upstream
    return await flow_queries.flow(upstream, onward(request))


@router.get("/dead-letters", summary="Events that could not be applied", response_model=DeadLetterPage)
async def dead_letters(
    request: Request,
    caller: Caller,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[int, Query(ge=0, le=2**53, description="`next` of the page before.")] = 0,
) -> dict[str, Any]:
    """What the services gave up, oldest first, for 90 days."""
    caller.require("ops")
    items, more = await _letters(request).page(cursor, limit)
    return {"items": [msgspec.to_builtins(item) for item in items], "next": str(more) if more else None}


@router.get("/dead-letters/{seq}", summary="One dead letter", response_model=DeadLetter)
async def dead_letter(request: Request, caller: Caller, seq: Sequence) -> dict[str, Any]:
    """What failed, where and why."""
    caller.require("ops")
    letter, _ = await _letters(request).one(seq)
    found: dict[str, Any] = msgspec.to_builtins(letter)
    return found


@router.post("/dead-letters/{seq}/replay", summary="Apply a dead letter now", response_model=ReplayAnswer)
async def replay(request: Request, caller: Caller, seq: Sequence) -> Response:
    """Have the consumer that gave the event up apply it, in one transaction with its inbox.

    Safe to repeat. When it fails again the letter stays what it was: 409 `replay-failed`.
    """
    caller.require("ops")
    letter, event = await _letters(request).one(seq)
    return await _replayed(request, letter, event)


async def _replayed(request: Request, letter: Letter, event: bytes) -> Response:
    upstream: Upstream = request.app.state.upstream
    target = f"/internal/dead-letters/{quote(letter.consumer, safe='')}/replay".encode()
    pepper = request.app.state.settings.subject_pepper
    headers = [
        *onward(request),
        (b"content-type", b"application/cloudevents+json"),
        (seals.HEADER.encode(), seals.seal(pepper, letter.consumer, event).encode()),
    ]
    async with upstream.call(letter.service, "POST", target, headers, event) as response:
        answer = Response(await response.read(), response.status)
        answer.raw_headers = returned(response)
        return answer


def _letters(request: Request) -> DeadLetters:
    letters: DeadLetters = request.app.state.dead_letters
    return letters
