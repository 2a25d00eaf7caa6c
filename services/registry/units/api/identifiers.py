"""Identifiers of units over HTTP: what source systems call them."""

from typing import Any

from fastapi import APIRouter, Request, Response

from services.registry.field_types import CodePath, IdentifierValue
from services.registry.source_systems.queries import Writer, writer_of
from services.registry.units.api.models import UnitInFull
from services.registry.units.api.units import KEEP, answer
from services.registry.units.commands.identifiers import identify_unit, unidentify_unit
from services.registry.units.commands.units import find_unit
from shared.auth.caller import Caller as VerifiedCaller
from shared.database.engine import raw
from shared.directory.authorization import require_unit
from shared.http import Caller, CommandRoute, Writes, check_if_match

router = APIRouter(prefix="/v1", route_class=CommandRoute, tags=["units"])


@router.put(
    "/units/{code}/identifiers/{system}", summary="Say what a system calls a unit", response_model=UnitInFull
)
async def unit_identify(
    code: CodePath,
    system: CodePath,
    body: IdentifierValue,
    session: Writes,
    caller: Caller,
    request: Request,
    response: Response,
) -> Any:
    """Let a source system that you are bound to call the unit so. Needs the unit's ETag as If-Match."""
    writer = await _writer(session, caller, request, code, system)
    await identify_unit(session, code, body.value, writer)
    return await answer(session, code, response)


@router.delete(
    "/units/{code}/identifiers/{system}",
    summary="Take away what a system calls a unit",
    response_model=UnitInFull,
)
async def unit_unidentify(
    code: CodePath, system: CodePath, session: Writes, caller: Caller, request: Request, response: Response
) -> Any:
    """The source system calls the unit nothing any more. Needs the unit's ETag as If-Match."""
    writer = await _writer(session, caller, request, code, system)
    await unidentify_unit(session, code, writer)
    return await answer(session, code, response)


async def _writer(
    session: Writes, caller: VerifiedCaller, request: Request, code: str, system: str
) -> Writer:
    await require_unit(session, caller, KEEP, code)
    check_if_match(request, (await find_unit(session, code))["version"])
    return await writer_of(await raw(session), caller, system, "units", "/path/system")
