"""Org units over HTTP: list, read, create, describe, move."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from services.registry.field_types import (
    CodePath,
    CodeQuery,
    DayQuery,
    ExternalIdQuery,
    NameQuery,
    SystemQuery,
    UnitLevel,
)
from services.registry.units.api.models import (
    Move,
    UnitDescription,
    UnitInFull,
    Units,
    UnitToCreate,
    UnitVersions,
)
from services.registry.units.commands.placements import move_unit
from services.registry.units.commands.units import create_unit, describe_unit, find_unit
from services.registry.units.queries import get_unit, list_units, unit_versions
from shared import clock
from shared.auth import rights
from shared.auth.caller import Caller as VerifiedCaller
from shared.directory.authorization import require_unit
from shared.errors import FieldError, Forbidden, Invalid, NotFound
from shared.http import Caller, CommandRoute, Paging, Reads, Writes, check_if_match, check_if_match_sent, etag

KEEP = "unit.keep"
router = APIRouter(prefix="/v1", route_class=CommandRoute, tags=["units"])


@router.get("/units", summary="Units that you may see", response_model=Units)
async def units_list(
    session: Reads,
    caller: Caller,
    paging: Paging,
    level: Annotated[UnitLevel | None, Query()] = None,
    type: NameQuery = None,  # noqa: A002 (the name of the query parameter)
    ownership: NameQuery = None,
    parent: CodeQuery = None,
    under: CodeQuery = None,
    open_on: DayQuery = None,
    name: NameQuery = None,
    external_id: ExternalIdQuery = None,
    system: SystemQuery = None,
) -> Any:
    """Units by code. `under` is the whole subtree with its top, `parent` the children alone.

    `name` is a part of the name, case and accents aside; it finds units inside the caller's own.
    `external_id` is what a source system calls a unit, `system` the code of that system.
    """
    rights.require(caller, "unit.read")
    return await list_units(
        session,
        paging,
        level=level,
        type=type,
        ownership=ownership,
        parent=parent,
        under=under,
        open_on=open_on,
        name=name,
        external_id=external_id,
        system=system,
        scope=caller.units,
    )


@router.post("/units", summary="Open a unit", status_code=201, response_model=UnitInFull)
async def unit_create(body: UnitToCreate, session: Writes, caller: Caller, response: Response) -> Any:
    """Create a unit. Without a parent it becomes the root, of which there is one."""
    await require_parent(session, caller, body.parent, body.unit_code)
    code = await create_unit(session, body.model_dump(), caller.subject_key)
    response.headers["Location"] = f"/v1/units/{code}"
    return await answer(session, code, response)


@router.get("/units/{code}", summary="One unit", response_model=UnitInFull)
async def unit_read(code: CodePath, session: Reads, caller: Caller, response: Response) -> Any:
    """One unit with its dated places."""
    rights.require(caller, "unit.read")
    return await answer(session, code, response)


@router.patch("/units/{code}", summary="Describe a unit anew", response_model=UnitInFull)
async def unit_describe(
    code: CodePath,
    body: UnitDescription,
    session: Writes,
    caller: Caller,
    request: Request,
    response: Response,
) -> Any:
    """Change name, type, ownership, position or rural. Needs If-Match."""
    await require_unit(session, caller, KEEP, code)
    check_if_match(request, (await find_unit(session, code))["version"])
    await describe_unit(session, code, body.model_dump(exclude_unset=True), caller.subject_key)
    return await answer(session, code, response)


@router.post("/units/{code}/move", summary="Move a unit below another one", response_model=UnitInFull)
async def unit_move(
    code: CodePath, body: Move, session: Writes, caller: Caller, request: Request, response: Response
) -> Any:
    """Move a unit with all below it from a day on; a move to come becomes effective by itself."""
    await require_unit(session, caller, KEEP, code)
    await require_parent(session, caller, body.parent, code)
    await unless_stale(session, request, code)
    await move_unit(session, code, body.parent, body.on or clock.today(), caller.subject_key)
    return await answer(session, code, response)


@router.get(
    "/units/{code}/versions", summary="How a unit was recorded over time", response_model=UnitVersions
)
async def unit_history(code: CodePath, session: Reads, caller: Caller, paging: Paging) -> Any:
    """Everything the unit was and is, oldest first."""
    rights.require(caller, "unit.read")
    return await unit_versions(session, code, paging)


async def require_parent(session: Writes, caller: VerifiedCaller, parent: str | None, code: str) -> None:
    """The parent must be the caller's to build under; a root must be named in the caller's own units."""
    rights.require(caller, KEEP)
    if parent is not None:
        try:
            await require_unit(session, caller, KEEP, parent)
        except NotFound:
            error = FieldError("/parent", "unit-unknown", "There is no such unit.")
            raise Invalid("unit-unknown", "The parent does not exist.", [error]) from None
    elif code not in caller.units:
        raise Forbidden("unit-out-of-scope", "The root must be one of your units.")


async def unless_stale(session: Writes, request: Request, code: str) -> None:
    """Check If-Match where an action carries one."""
    check_if_match_sent(request, (await find_unit(session, code))["version"])


async def answer(session: Reads, code: str, response: Response) -> Any:
    """A unit in full, with its entity tag."""
    found = await get_unit(session, code)
    response.headers["ETag"] = etag(found["version"])
    return found
