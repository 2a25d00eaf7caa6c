"""For the gateway only: which events a reader may see."""

import time

import msgspec
from fastapi import APIRouter, Request, Response

from services.registry.clients.queries import as_registered
from services.registry.event_scope.queries import judged
from shared.audit.audited_operations import Named
from shared.audit.recording import Access, store_read
from shared.auth.event_readers import HEADER, MINUTE, MOST, Judged, Question, unbroken
from shared.errors import Forbidden, Invalid
from shared.http.bodies import receive

OPERATION = "GET /v1/events"  # in the audit: the feed, its stream and webhooks
router = APIRouter(prefix="/internal", include_in_schema=False)


@router.post("/event-scope")
async def scope(request: Request) -> Response:
    """Whether a reader may see each of several events, now and when it happened.

    The gateway's seal is asked for in place of a token: the owner of a webhook is not there when it delivers.
    Those about a person whom the reader may see are in the audit: the gateway, which shows them, has no database.
    A client that was given less, or revoked, sees no more from then on, whatever its token said.
    Raises Forbidden `event-unsealed`, Invalid `input-invalid`, TooLarge `body-too-large`.
    """
    body = await (await receive(request)).request.body()
    if not unbroken(request.app.state.settings.subject_pepper, request.headers.get(HEADER), body):
        raise Forbidden("event-unsealed", "Read events over the gateway.")
    question = _read(body)
    now = time.time()  # lint: a seal holds in real time
    if not now <= question.until <= now + 2 * MINUTE:
        raise Forbidden("event-unsealed", "Read events over the gateway.")
    reader = question.reader.caller()
    async with request.app.state.database.reading() as session:
        known = await as_registered(session, reader)
        if known is None:
            answers = [False] * len(question.items)
        else:
            answers = await judged(session, known, question.items)
    if people := {
        item.person for item, seen in zip(question.items, answers, strict=True) if seen and item.person
    }:
        access = Access(OPERATION, Named(), reader, None)
        await store_read(request.app.state.database, access, people)
    return Response(msgspec.json.encode(Judged(answers)), media_type="application/json")


def _read(body: bytes) -> Question:
    try:
        question = msgspec.json.decode(body, type=Question)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise Invalid("input-invalid", "The question cannot be read.") from None
    if len(question.items) > MOST:
        raise Invalid("input-invalid", f"At most {MOST} events are judged at once.")
    return question
