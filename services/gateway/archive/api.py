"""One call for everything that a person may see of themselves, by them or by who hands it to them."""

import asyncio
from collections.abc import Sequence
from uuid import UUID

import orjson
from fastapi import APIRouter, Depends, Request, Response

from services.gateway.archive.collecting import RECORD, Section, collect, handed_over, parts_of
from services.gateway.archive.zip_file import written
from services.gateway.views.api import onward
from services.gateway.views.composition import Part, fetch
from shared import clock
from shared.audit.purposes import purpose_of
from shared.audit.recording import stated_purpose
from shared.auth import rights
from shared.errors import Forbidden, NotFound, Unavailable
from shared.http import Caller, CommandRoute
from shared.http.in_place_of import HEADER, RIGHT

router = APIRouter(prefix="/v1", route_class=CommandRoute, tags=["erasure"])

ZIP = "application/zip"
PATIENCE = 3.0  # seconds to learn who calls
FILE = {200: {"content": {ZIP: {"schema": {"type": "string", "format": "binary"}}}}}
_ME = Part("me", "registry", "/v1/me")


async def _may_have(request: Request, caller: Caller) -> None:
    """The right before the path is looked at, and the purpose that each service will ask for."""
    rights.require(caller, "person.archive")
    stated_purpose(request)


async def _may_hand_over(request: Request, caller: Caller) -> None:
    """As above; who reads of somebody else says why, whatever the instance asks of others."""
    rights.require(caller, RIGHT)
    purpose_of(request, required=True)


@router.get(
    "/people/{person_id}/archive",
    summary="Everything that you may see of yourself",
    response_class=Response,
    responses=FILE,  # type: ignore[arg-type]
    dependencies=[Depends(_may_have)],
)
async def archive(request: Request, person_id: UUID) -> Response:
    """Your record, results, plans and answers as a zip: pages to read, and the same as JSON.

    For the person alone. Beside your own answers as a rater it has nothing that the API does not show you: neither
    who rated you, nor what others answered.
    """
    upstream, headers = request.app.state.upstream, onward(request)
    me = await fetch(upstream, _ME, headers, PATIENCE)
    if me.reason:
        raise Unavailable("archive-incomplete", f"Who you are cannot be had now: {me.reason}.")
    known = orjson.loads(me.body)["person"]
    if known is None or known["person_id"] != str(person_id):
        raise NotFound("person-unknown", "There is no such person, or none that you may see.")
    sections = await collect(upstream, parts_of(str(person_id)), headers)
    return await _file(sections, "archive.zip", by_officer=False)


@router.get(
    "/people/{person_id}/archive-to-hand-over",
    summary="What a person may see of themselves, for who hands it to them",
    response_class=Response,
    responses=FILE,  # type: ignore[arg-type]
    dependencies=[Depends(_may_hand_over)],
)
async def archive_to_hand_over(request: Request, person_id: UUID) -> Response:
    """The archive of somebody who asked a data protection officer for it. Needs Purpose-Of-Use, and is audited.

    It has what the person would see, also of who has left or never signed in, but for what they do as a rater:
    an officer with many archives would learn from that who rates whom, and what each of them answers.
    """
    upstream = request.app.state.upstream
    headers = [*onward(request), (HEADER.lower().encode(), str(person_id).encode())]
    parts = handed_over(str(person_id))
    (record,) = [part for part, _ in parts if part.name == RECORD]
    found = await fetch(upstream, record, headers, PATIENCE)
    if found.status == 404:
        raise NotFound("person-unknown", "There is no such person, or none that you may see.")
    if found.reason == "unit-out-of-scope":
        raise Forbidden("unit-out-of-scope", "This needs the whole tree in your units.")
    sections = await collect(upstream, parts, headers)
    return await _file(sections, "archive-to-hand-over.zip", by_officer=True)


async def _file(sections: Sequence[Section], name: str, *, by_officer: bool) -> Response:
    made_at = clock.now().isoformat(timespec="seconds")
    body = await asyncio.to_thread(written, sections, made_at, by_officer=by_officer)
    fields = {"Cache-Control": "no-store", "Content-Disposition": f'attachment; filename="{name}"'}
    return Response(body, headers=fields, media_type=ZIP)
