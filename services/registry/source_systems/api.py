"""Source systems over HTTP: for administrators, and for integrators who look as what they write."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Request, Response
from pydantic import AfterValidator, BaseModel, Field, StringConstraints, field_validator
from pydantic_core import PydanticCustomError

from services.registry.field_types import Body, CodePath, example, not_null, strict_example
from services.registry.record_fields import SYSTEM_URI
from services.registry.source_systems.choice import Records
from services.registry.source_systems.commands import (
    bind_client,
    change_system,
    find_system,
    register_system,
    unbind_client,
)
from services.registry.source_systems.queries import get_system, list_clients, list_systems
from shared.auth import rights
from shared.auth.caller import subject_key
from shared.directory.authorization import require_country
from shared.http import Caller, CommandRoute, Paging, Reads, Writes, check_if_match, etag
from shared.http.strict_types import Code, Defined, ExternalId, Flag, Name

router = APIRouter(prefix="/v1", route_class=CommandRoute, tags=["source systems"])
READ, KEEP = "source-system.read", "source-system.keep"

_VALUES: dict[str, Any] = {
    "code": "hris", "name": "Personnel system of the ministry", "kind": "hris", "sends": ["people", "posts"],
}  # fmt: skip
_SYSTEM = {**_VALUES, "version": 1, "retired": False, "uri": None}
_KEY = "3f9a1c5e7b2d4f60918273645a6b7c8d"
_SIGN_IN = {"iss": "https://login.example.org", "sub": "service-account-hris-2"}
_CLIENT = {"client_key": _KEY, **_SIGN_IN, "recorded_at": "2026-10-01T08:00:00Z"}

Kind = Literal["hris", "payroll", "professional-register", "facility-registry", "other"]
Sends = Annotated[list[Records], Field(min_length=1, max_length=3, json_schema_extra={"uniqueItems": True})]


def not_our_own(uri: str) -> str:
    """A URI that does not begin as those of Steward do. Raises PydanticCustomError `malformed`."""
    if uri.lower().startswith("urn:steward:"):
        raise PydanticCustomError("malformed", "What begins with urn:steward: is named by Steward alone.")
    return uri


SystemUri = Annotated[str, Defined(SYSTEM_URI), AfterValidator(not_our_own)]
ClientKeyPath = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$"), Path()]


class SourceSystem(BaseModel):
    """A system that records come from. A retired one takes no more of them; its identifiers stay."""

    model_config = example(_SYSTEM)
    code: str
    version: int
    name: str
    kind: str
    sends: list[str]
    retired: bool
    uri: str | None = Field(description="The system of its identifiers in FHIR, where it has one of its own.")


class SourceSystems(BaseModel):
    """One page of source systems."""

    model_config = example({"items": [_SYSTEM], "next": None})
    items: list[SourceSystem]
    next: str | None


class SourceSystemToRegister(Body):
    """A source system to be registered. `sends` says which records it may send."""

    model_config = strict_example(_VALUES)
    code: Code
    name: Name
    kind: Kind
    sends: Sends
    uri: SystemUri | None = None

    _once = field_validator("sends")(lambda sends: sorted(set(sends)))


class SourceSystemChange(Body):
    """What can be changed of a source system; fields left out stay. Under a new code it is the same system.

    With `uri` null its identifiers are written with its code again.
    """

    model_config = strict_example({"code": "payroll", "name": "Payroll of the ministry of finance"})
    code: Code | None = None
    name: Name | None = None
    kind: Kind | None = None
    sends: Sends | None = None
    retired: Flag | None = None
    uri: SystemUri | None = None

    _present = field_validator("code", "name", "kind", "sends", "retired")(not_null)
    _once = field_validator("sends")(lambda sends: sorted(set(sends)))


class SourceClient(BaseModel):
    """A client that writes as a source system; without `sub` it wrote before there were source systems."""

    model_config = example(_CLIENT)
    client_key: str
    iss: str | None
    sub: str | None
    recorded_at: datetime


class SourceClients(BaseModel):
    """One page of clients."""

    model_config = example({"items": [_CLIENT], "next": None})
    items: list[SourceClient]
    next: str | None


class ClientToBind(Body):
    """Issuer and subject (`iss`, `sub`) of the client's tokens."""

    model_config = strict_example(_SIGN_IN)
    iss: ExternalId
    sub: ExternalId


@router.get("/source-systems", summary="Source systems", response_model=SourceSystems)
async def source_systems_list(session: Reads, caller: Caller, paging: Paging) -> Any:
    """Systems that people, posts and units come from, by code."""
    rights.require(caller, READ)
    return await list_systems(session, paging)


@router.post(
    "/source-systems", summary="Register a source system", status_code=201, response_model=SourceSystem
)
async def source_system_register(
    body: SourceSystemToRegister, session: Writes, caller: Caller, response: Response
) -> Any:
    """Register a system. Nobody writes as it before a client is bound to it."""
    await require_country(session, caller, KEEP)
    await register_system(session, {**body.model_dump(), "retired": False}, caller.subject_key)
    response.headers["Location"] = f"/v1/source-systems/{body.code}"
    return await _answer(session, body.code, response)


@router.get("/source-systems/{code}", summary="One source system", response_model=SourceSystem)
async def source_system_read(code: CodePath, session: Reads, caller: Caller, response: Response) -> Any:
    """One source system."""
    rights.require(caller, READ)
    return await _answer(session, code, response)


@router.patch("/source-systems/{code}", summary="Change a source system", response_model=SourceSystem)
async def source_system_change(
    code: CodePath,
    body: SourceSystemChange,
    session: Writes,
    caller: Caller,
    request: Request,
    response: Response,
) -> Any:
    """Change a system or retire it. Needs If-Match. With a new code see `Location`; its records are the same."""
    await require_country(session, caller, KEEP)
    check_if_match(request, (await find_system(session, code))["version"])
    await change_system(session, code, body.model_dump(exclude_unset=True), caller.subject_key)
    response.headers["Location"] = f"/v1/source-systems/{body.code or code}"
    return await _answer(session, body.code or code, response)


@router.get(
    "/source-systems/{code}/clients", summary="Clients of a source system", response_model=SourceClients
)
async def source_clients_list(code: CodePath, session: Reads, caller: Caller, paging: Paging) -> Any:
    """Clients that write as the system."""
    await require_country(session, caller, KEEP)
    return await list_clients(session, code, paging)


@router.post(
    "/source-systems/{code}/clients",
    summary="Bind a client to a source system",
    status_code=201,
    response_model=SourceClient,
)
async def source_client_bind(
    code: CodePath, body: ClientToBind, session: Writes, caller: Caller, request: Request
) -> Any:
    """Let a client write as the system, beside those that do. It meets the records that they wrote as its own."""
    await require_country(session, caller, KEEP)
    key = subject_key(request.app.state.settings.subject_pepper, body.iss, body.sub)
    return await bind_client(session, code, (body.iss, body.sub, key), caller.subject_key)


@router.delete(
    "/source-systems/{code}/clients/{client_key}",
    summary="Take a client off a source system",
    response_model=SourceClient,
)
async def source_client_unbind(
    code: CodePath, client_key: ClientKeyPath, session: Writes, caller: Caller
) -> Any:
    """The client writes as the system no more; what it wrote stays."""
    await require_country(session, caller, KEEP)
    return await unbind_client(session, code, client_key)


async def _answer(session: Reads, code: str, response: Response) -> Any:
    found = await get_system(session, code)
    response.headers["ETag"] = etag(found["version"])
    return found
