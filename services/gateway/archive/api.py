"""One call for everything that a person may see of themselves."""

import asyncio
from uuid import UUID

import orjson
from fastapi import APIRouter, Depends, Request, Response

from services.gateway.archive.collecting import collect
from services.gateway.archive.zip_file import written
from services.gateway.views.api import onward
from services.gateway.views.composition import Part, fetch
from shared import clock
from shared.audit.recording import stated_purpose
from shared.auth import rights
from shared.errors import NotFound, Unavailable
from shared.http import Caller, CommandRoute

router = APIRouter(prefix="/v1", route_class=CommandRoute, tags=["erasure"])

ZIP = "application/zip"
PATIENCE = 3.0  # seconds to learn who calls
_ME = Part("me", "registry", "/v1/me")


async def _may_have(request: Request, caller: Caller) -> None:
    """The right before the path is looked at, and the purpose that each service will ask for."""
    rights.require(caller, "person.archive")
    stated_purpose(request)


@router.get(
    "/people/{person_id}/archive",
    summary="Everything that you may see of yourself",
    response_class=Response,
    responses={200: {"content": {ZIP: {"schema": {"type": "string", "format": "binary"}}}}},
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
    sections = await collect(upstream, str(person_id), headers)
    body = await asyncio.to_thread(written, sections, clock.now().isoformat(timespec="seconds"))
    fields = {"Cache-Control": "no-store", "Content-Disposition": 'attachment; filename="archive.zip"'}
    return Response(body, headers=fields, media_type=ZIP)
