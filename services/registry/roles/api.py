"""Roles over HTTP."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field, StringConstraints

from services.registry.field_types import Body, CodePath, Level, example, strict_example
from services.registry.roles.commands import find_role, put_role
from services.registry.units.queries import get_role, list_roles
from shared.auth import rights
from shared.directory.authorization import require_country
from shared.http import Caller, CommandRoute, Paging, Reads, Writes, check_if_match, etag
from shared.http.strict_types import Name

router = APIRouter(prefix="/v1", route_class=CommandRoute, tags=["roles"])

_NAMES = {"en": "Facility manager", "fr": "Responsable de formation sanitaire"}
_ROLE = {"role_code": "facility-manager", "version": 1, "level": "I", "setting": "facility", "name": _NAMES}

Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")]


class Role(BaseModel):
    """A role with its setting and framework level (B, I, A), null for a role that leads nobody."""

    model_config = example(_ROLE)
    role_code: str
    version: int
    level: str | None
    setting: str
    name: dict[str, str]


class Roles(BaseModel):
    """One page of roles."""

    model_config = example({"items": [_ROLE], "next": None})
    items: list[Role]
    next: str | None


class RoleValues(Body):
    """What a role says; `level` null: it leads nobody. Names are a language map with `en` at least."""

    model_config = strict_example({"level": "I", "setting": "facility", "name": _NAMES})
    level: Level | None
    setting: Literal["facility", "district", "national"]
    name: Annotated[dict[Language, Name], Field(min_length=1, max_length=20)]


@router.get("/roles", summary="Roles that posts may have", response_model=Roles)
async def roles_list(
    session: Reads, caller: Caller, paging: Paging, level: Annotated[Level | None, Query()] = None
) -> Any:
    """Roles by code."""
    rights.require(caller, "role.read")
    return await list_roles(session, paging, level=level)


@router.get("/roles/{code}", summary="One role", response_model=Role)
async def role_read(code: CodePath, session: Reads, caller: Caller, response: Response) -> Any:
    """One role."""
    rights.require(caller, "role.read")
    return await _answer(session, code, response)


@router.put(
    "/roles/{code}", summary="Add or change a role", response_model=Role, responses={201: {"model": Role}}
)
async def role_put(
    code: CodePath, body: RoleValues, session: Writes, caller: Caller, request: Request, response: Response
) -> Any:
    """Add a role, or change one (then with If-Match). A new level reaches everybody in the role."""
    await require_country(session, caller, "role.keep")
    before = await find_role(session, code)
    if before is None:
        response.status_code = 201
    else:
        check_if_match(request, before["version"])
    await put_role(session, code, body.model_dump())
    return await _answer(session, code, response)


async def _answer(session: Reads, code: str, response: Response) -> Any:
    found = await get_role(session, code)
    response.headers["ETag"] = etag(found["version"])
    return found
