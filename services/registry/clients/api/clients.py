"""Clients over HTTP, for administrators: people who keep the whole country."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Request, Response
from pydantic import AfterValidator, BaseModel, Field, StringConstraints, field_validator

from services.registry.clients.commands.clients import (
    change_client,
    find_client,
    register_client,
    revoke_client,
)
from services.registry.clients.queries import get_client, list_clients
from services.registry.field_types import Body, example, not_null, strict_example
from shared.auth.caller import Caller as VerifiedCaller
from shared.directory.authorization import require_country
from shared.errors import Conflict, Forbidden
from shared.http import Caller, CommandRoute, Paging, Reads, Writes, check_if_match, etag
from shared.http.strict_types import Code, Name, Whole

router = APIRouter(prefix="/v1", route_class=CommandRoute, tags=["clients"])
KEEP = "client.keep"

CLIENT_ID = "7c1f0e5a9b3d48f2a6c4e8107d5b2f93"
_VALUES: dict[str, Any] = {
    "name": "Personnel system of the ministry", "roles": ["hris"], "units": ["SL"], "systems": [],
    "requests_per_minute": 600, "jwks": None,
}  # fmt: skip
SECRET = {
    "secret_id": "5d2b8f0e1a104c3d9e7f6a5b4c3d2e1f",
    "made_at": "2026-10-01T08:00:00Z",
    "expires_at": "2027-10-01T08:00:00Z",
    "last_used_at": None,
}
_PUBLIC = {
    "kty": "EC", "crv": "P-256", "kid": "payroll-2026", "use": "sig", "alg": "ES256",
    "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
}  # fmt: skip
_CLIENT = {
    "client_id": CLIENT_ID, "version": 1, **_VALUES, "secrets": [SECRET], "last_used_at": None,
    "revoked_at": None, "recorded_at": "2026-10-01T08:00:00Z",
}  # fmt: skip


def _once(values: list[str]) -> list[str]:
    return sorted(set(values))


_DISTINCT: dict[str, Any] = {"uniqueItems": True}
Roles = Annotated[
    list[Literal["hris", "programme-manager"]],
    Field(min_length=1, max_length=2, json_schema_extra=_DISTINCT),
    AfterValidator(_once),
]
Units = Annotated[
    list[Code], Field(min_length=1, max_length=50, json_schema_extra=_DISTINCT), AfterValidator(_once)
]
Systems = Annotated[list[Code], Field(max_length=50, json_schema_extra=_DISTINCT), AfterValidator(_once)]
Limit = Annotated[Whole, Field(ge=1, le=1_000_000)]
ClientPath = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$"), Path()]


class ClientSecret(BaseModel):
    """A valid secret, without itself."""

    model_config = example(SECRET)
    secret_id: str
    made_at: datetime
    expires_at: datetime
    last_used_at: datetime | None


class PublicKeys(Body):
    """A key set (RFC 7517) of one to four public keys, by which the client signs who it is."""

    model_config = strict_example({"keys": [_PUBLIC]})
    keys: Annotated[list[dict[str, Any]], Field(min_length=1, max_length=4)]


class RegisteredClient(BaseModel):
    """A program that gets access tokens by its own credentials. `systems` are those that it writes as."""

    model_config = example(_CLIENT)
    client_id: str
    version: int
    name: str
    roles: list[str]
    units: list[str]
    systems: list[str]
    requests_per_minute: int | None
    jwks: PublicKeys | None
    secrets: list[ClientSecret]
    last_used_at: datetime | None
    revoked_at: datetime | None
    recorded_at: datetime


class RegisteredClients(BaseModel):
    """One page of clients."""

    model_config = example({"items": [_CLIENT], "next": None})
    items: list[RegisteredClient]
    next: str | None


class ClientToRegister(Body):
    """A client to be registered: the roles that it may ask for, the units that its tokens are valid below."""

    model_config = strict_example(_VALUES)
    name: Name
    roles: Roles
    units: Units
    systems: Systems = Field(default_factory=list)
    requests_per_minute: Limit | None = None
    jwks: PublicKeys | None = None


class ClientChange(Body):
    """What can be changed of a client; fields left out stay. Null `requests_per_minute`: as the setting says."""

    model_config = strict_example({"units": ["SL-E", "SL-N"]})
    name: Name | None = None
    roles: Roles | None = None
    units: Units | None = None
    systems: Systems | None = None
    requests_per_minute: Limit | None = None
    jwks: PublicKeys | None = None

    _present = field_validator("name", "roles", "units", "systems")(not_null)


@router.get("/clients", summary="Clients", response_model=RegisteredClients)
async def clients_list(session: Reads, caller: Caller, paging: Paging) -> Any:
    """Clients of this instance by id, revoked ones too."""
    await require_country(session, caller, KEEP)
    return await list_clients(session, paging)


@router.post("/clients", summary="Register a client", status_code=201, response_model=RegisteredClient)
async def client_register(
    body: ClientToRegister, session: Writes, caller: Caller, request: Request, response: Response
) -> Any:
    """Register a client. It gets tokens once it has a secret."""
    await require_keeper(session, caller)
    settings = request.app.state.settings
    if not settings.client_issuer:
        raise Conflict(
            "clients-elsewhere", "The clients of this instance are those of its identity provider."
        )
    values = body.model_dump()
    client_id = await register_client(session, values, settings.subject_pepper, caller.subject_key)
    response.headers["Location"] = f"/v1/clients/{client_id}"
    return await _answer(session, client_id, response)


@router.get("/clients/{client_id}", summary="One client", response_model=RegisteredClient)
async def client_read(client_id: ClientPath, session: Reads, caller: Caller, response: Response) -> Any:
    """One client, with its valid secrets but never what they are."""
    await require_country(session, caller, KEEP)
    return await _answer(session, client_id, response)


@router.patch("/clients/{client_id}", summary="Change a client", response_model=RegisteredClient)
async def client_change(
    client_id: ClientPath,
    body: ClientChange,
    session: Writes,
    caller: Caller,
    request: Request,
    response: Response,
) -> Any:
    """Change a client. Needs If-Match. Tokens that it has go on as they are until they end, 5 minutes at most."""
    await require_keeper(session, caller)
    check_if_match(request, (await find_client(session, client_id))["version"])
    await change_client(session, client_id, body.model_dump(exclude_unset=True), caller.subject_key)
    return await _answer(session, client_id, response)


@router.delete("/clients/{client_id}", summary="Revoke a client", response_model=RegisteredClient)
async def client_revoke(client_id: ClientPath, session: Writes, caller: Caller) -> Any:
    """For good: no further token, and no record as a source system. Tokens that it has end within 5 minutes."""
    await require_keeper(session, caller)
    await revoke_client(session, client_id, caller.subject_key)
    return await get_client(session, client_id)


async def require_keeper(session: Reads, caller: VerifiedCaller) -> None:
    """Pass for people who may keep clients. Raises Forbidden `client-no-keeper`, and as `require_country`.

    A client that made clients would go on under their credentials after its own were revoked.
    """
    await require_country(session, caller, KEEP)
    if caller.client:
        raise Forbidden("client-no-keeper", "Clients are kept by people: sign in as one.")


async def _answer(session: Reads, client_id: str, response: Response) -> Any:
    found = await get_client(session, client_id)
    response.headers["ETag"] = etag(found["version"])
    return found
