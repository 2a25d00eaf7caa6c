"""SCIM over HTTP at `/scim/v2`: one door, since the protocol routes by itself."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from urllib.parse import parse_qsl

import orjson
from fastapi import APIRouter, Request, Response
from scim2_models import PayloadTooLargeException
from scim2_server.handler import AsyncScimHandler
from scim2_server.requests import ScimRequest
from scim2_server.responses import ScimResponse
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.scim.api.audited import access_of, record
from services.registry.scim.api.service_provider import LARGEST_BODY, Me, Service, provider
from services.registry.scim.api.storage import Storage
from services.registry.scim.api.suggestions import suggest
from services.registry.scim.queries.codes import codes_for_posts
from services.registry.scim.queries.systems import system_shown
from shared.auth.tokens import bearer
from shared.database.unit_of_work import UnitOfWork
from shared.directory.authorization import caller_person
from shared.errors import NotFound, TooLarge
from shared.http.bodies import receive

BASE = "/scim/v2"
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]  # each answered as SCIM does
router = APIRouter(include_in_schema=False)


@cache
def service(secret: str) -> Service:
    """The protocol without input and output; cursors are sealed by a key that is made of the secret."""
    return Service(provider(), secret=secret)


def _service(request: Request) -> Service:
    # A local instance may have no secret; a cursor tells its reader nothing but what they were shown.
    return service(request.app.state.settings.subject_pepper or BASE)


@router.api_route(BASE, methods=METHODS)
@router.api_route(BASE + "/{path:path}", methods=METHODS)
async def scim(request: Request) -> Response:
    """Answer one request of SCIM; whatever goes wrong is an error of SCIM."""
    try:
        found = await _answer(request)
    except Exception as error:
        found = _service(request).error_response(error)
        found.headers |= getattr(error, "headers", {})
    body = b"" if found.body is None else orjson.dumps(found.body)
    headers = {**found.headers, "Cache-Control": "no-cache"}
    return Response(body, int(found.status), headers)


async def _answer(request: Request) -> ScimResponse:
    caller = await request.app.state.tokens.verify(bearer(request))
    if request.app.state.settings.federation == "hub":
        raise NotFound("not-at-hub", "A hub records no people: ask the region that they work in.")
    asked = await _received(request)
    writing = asked.method not in ("GET", "HEAD", "OPTIONS") and not asked.path.endswith("/.search")
    access = access_of(request, asked, caller, writing=writing)
    async with _session(request, writing=writing) as session:
        named = asked.query.get("system")
        me = await caller_person(session, caller) if asked.path.strip("/") == "Me" else None
        asked.subject = Me(caller, str(me) if me is not None else None)
        system = await system_shown(session, caller, named)
        storage = Storage(session, caller, system, named, asked.base_url, writing=writing)
        answered = await AsyncScimHandler(_service(request), storage).handle(asked)
        if asked.path.startswith("/Schemas") and answered.body is not None:
            suggest(answered.body, await codes_for_posts(session, caller))
        if access is not None:
            await record(request, access, session, answered.body)
        return answered


async def _received(request: Request) -> ScimRequest:
    """The request with its whole body. Raises PayloadTooLargeException and what `receive` raises."""
    try:
        received = (await receive(request)).request
    except TooLarge:
        raise _too_large() from None
    body = await received.body()
    if len(body) > LARGEST_BODY:
        raise _too_large()
    path = request.scope["path"].removeprefix(BASE)
    query = parse_qsl(request.scope["query_string"].decode("latin-1"), keep_blank_values=True)
    headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in request.scope["headers"]]
    return ScimRequest(request.method, _base_url(request), path, dict(query), headers, body)


def _base_url(request: Request) -> str:
    """The address as the client sees it; a proxy in front says by X-Forwarded-Proto that it speaks TLS."""
    forwarded = request.headers.get("x-forwarded-proto", "").partition(",")[0].strip().lower()
    scheme = forwarded if forwarded in ("http", "https") else request.url.scheme
    return f"{scheme}://{request.headers.get('host', 'localhost')}{BASE}"


def _too_large() -> PayloadTooLargeException:
    return PayloadTooLargeException(detail=f"A request has at most {LARGEST_BODY} bytes.")


@asynccontextmanager
async def _session(request: Request, *, writing: bool) -> AsyncIterator[AsyncSession]:
    database = request.app.state.database
    if not writing:
        async with database.reading() as session:
            yield session
        return
    async with UnitOfWork(database) as work:
        yield await work.session()
