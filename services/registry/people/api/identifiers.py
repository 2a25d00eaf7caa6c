"""Identifiers of people over HTTP: what source systems call them."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response

from services.registry.access.queries import may_keep
from services.registry.field_types import CodePath
from services.registry.people.api.models import PersonIdentifierValue, PersonInFull
from services.registry.people.api.people import answer
from services.registry.people.commands.identifiers import identify_person, unidentify_person
from services.registry.people.commands.people import find_person
from services.registry.source_systems.commands import share_imports
from services.registry.source_systems.queries import Writer, writer_of
from shared.auth.caller import Caller as VerifiedCaller
from shared.database.engine import raw
from shared.http import Caller, CommandRoute, Writes, check_if_match

router = APIRouter(prefix="/v1", route_class=CommandRoute, tags=["people"])


@router.put(
    "/people/{person_id}/identifiers/{system}",
    summary="Say what a system calls a person",
    response_model=PersonInFull,
)
async def person_identify(
    person_id: UUID,
    system: CodePath,
    body: PersonIdentifierValue,
    session: Writes,
    caller: Caller,
    request: Request,
    response: Response,
) -> Any:
    """Let a source system that you are bound to call the person so: its next load meets them under that name.

    `renumbered`: what it called them until now stays theirs, so that old posts are not somebody else's. Needs
    the person's ETag as If-Match.
    """
    writer = await _writer(session, caller, request, person_id, system)
    await identify_person(session, person_id, body.value, writer, renumbered=body.renumbered)
    return await answer(session, caller, person_id, response)


@router.delete(
    "/people/{person_id}/identifiers/{system}",
    summary="Take away what a system calls a person",
    response_model=PersonInFull,
)
async def person_unidentify(
    person_id: UUID, system: CodePath, session: Writes, caller: Caller, request: Request, response: Response
) -> Any:
    """The source system calls the person nothing any more. Needs the person's ETag as If-Match."""
    writer = await _writer(session, caller, request, person_id, system)
    await unidentify_person(session, person_id, writer)
    return await answer(session, caller, person_id, response)


async def _writer(
    session: Writes, caller: VerifiedCaller, request: Request, person_id: UUID, system: str
) -> Writer:
    await may_keep(session, caller, person_id)
    writer = await writer_of(await raw(session), caller, system, "people", "/path/system")
    await share_imports(session, writer.source)
    check_if_match(request, (await find_person(session, person_id))["version"])
    return writer
