"""The edge: who calls is verified, a writing request gets its transaction, and only then runs the route."""

from collections.abc import AsyncIterator, Callable, Coroutine
from functools import partial
from typing import Annotated, Any, ClassVar
from uuid import UUID

from fastapi import Depends, Request, Security
from fastapi.routing import APIRoute
from fastapi.security import HTTPBearer
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from shared.audit.recording import Audited, is_audited, record_read, record_write
from shared.auth import rights
from shared.auth.caller import Caller as VerifiedCaller
from shared.auth.tokens import bearer
from shared.database.engine import Connection
from shared.database.unit_of_work import UnitOfWork
from shared.errors import Invalid, PreconditionFailed, Problem
from shared.http.bodies import Received, receive
from shared.http.etags import left_unchecked, unless_known
from shared.http.idempotency import KeyedWork, Replayed, idempotency_key
from shared.http.in_place_of import standing_in
from shared.http.request_checks import ANY, JSON, Expected, check_media_type, check_no_body, not_taken

Handler = Callable[[Request], Coroutine[Any, Any, Response]]
Write = Callable[[Handler, Request, VerifiedCaller], Coroutine[Any, Any, Response]]
_SAFE = {"GET", "HEAD", "OPTIONS"}


class CommandRoute(APIRoute):
    """A route that answers only verified callers; unsafe methods run in one transaction.

    The commit comes before the response leaves. Under an `Idempotency-Key` the answer is stored in
    the same transaction and given again on a repeat; the same key with another body is refused.
    """

    unpacks: ClassVar[bool] = False  # bodies in gzip

    def get_route_handler(self) -> Handler:
        """FastAPI's handler inside the edge."""
        return self.edge(super().get_route_handler(), conditional=True)

    def edge(self, handler: Handler, *, conditional: bool) -> Handler:
        """`handler` for verified callers and well-formed requests; `conditional` if it may check If-Match."""
        safe = set(self.methods or ()) <= _SAFE
        expected = Expected(self.dependant, safe=safe, conditional=conditional, unpacks=self.unpacks)
        audited = Audited.of(self.methods or (), self.path_format)
        return _edge(handler, expected, None if safe else self.writer(media_of(self)), audited)

    def writer(self, media: str | None) -> Write:
        """How a writing request comes to its transaction; `media` is as of `media_of`."""
        return partial(_write, media=media)


class LoadRoute(CommandRoute):
    """A route that takes long lists, from callers whose roles give one of its `rights` at all.

    They are received to disk before anything is opened for them, and stored a few at a time
    (`shared.http.bodies.Loads`).
    """

    rights: ClassVar[tuple[str, ...]]
    unpacks = True

    def writer(self, media: str | None) -> Write:
        """The list first, then a turn, then the transaction."""
        return partial(_load, wanted=self.rights, media=media)


class HotRoute(CommandRoute):
    """A writing route whose endpoint is called by hand: same edge, problems and OpenAPI, less on the way.

    The endpoint's parameters are `request`, `caller`, `work: Working` and the path's, all UUIDs. A
    path that is no canonical UUID goes FastAPI's way, which refuses or accepts it as everywhere.
    With `Database.alone` it took a submit from 1,220 to 670 us of processor time (medians of four
    alternating rounds of 1,600 requests, 16 connections, 5 % of traces sampled, 2 busy cores).
    """

    def get_route_handler(self) -> Handler:
        """The endpoint inside the edge; FastAPI's handler for paths that it has to judge."""
        judging = super().get_route_handler()
        endpoint = self.endpoint

        async def by_hand(request: Request) -> Response:
            ids = {name: UUID(value) for name, value in request.path_params.items()}
            state = request.state
            response: Response = await endpoint(request=request, caller=state.caller, work=state.work, **ids)
            return response

        called = self.edge(by_hand, conditional=False)

        async def hot(request: Request) -> Response:
            known = all(_canonical(value) for value in request.path_params.values())
            return await (called if known else judging)(request)

        return hot


def _canonical(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False


def media_of(route: APIRoute) -> str | None:
    """The media types of the body that a route takes, `ANY` of one between services; None without a body."""
    if not route.include_in_schema:
        return ANY
    if declared := (route.openapi_extra or {}).get("requestBody"):
        return ", ".join(declared["content"])
    return None if route.body_field is None else JSON


def _edge(handler: Handler, expected: Expected, write: Write | None, audited: Audited | None) -> Handler:
    async def edge(request: Request) -> Response:
        caller = await request.app.state.tokens.verify(bearer(request))
        request.state.caller = caller
        expected.check(request)
        if audited is not None:
            caller = await audited.begin(request, caller)
            caller = request.state.caller = await standing_in(request, audited.operation, caller)
        if write is not None:
            return await write(handler, request, caller)
        await check_no_body(request)
        response = await handler(request)
        await record_read(request, response)
        return unless_known(request, response)

    return edge


async def _write(
    handler: Handler, request: Request, caller: VerifiedCaller, *, media: str | None
) -> Response:
    if media is not None:
        check_media_type(request, media)
    received = await receive(request)
    if media is None:
        await check_no_body(received.request)
    return await _in_transaction(handler, received, caller)


async def _load(
    handler: Handler, request: Request, caller: VerifiedCaller, *, wanted: tuple[str, ...], media: str | None
) -> Response:
    if not any(rights.reaches(caller, right) for right in wanted):
        raise rights.missing(wanted[0])
    check_media_type(request, media or ANY)
    loads = request.app.state.loads
    async with loads.received(request, caller.subject_key) as received, loads.turn():
        return await _in_transaction(handler, received, caller, load=True)


async def _in_transaction(
    handler: Handler, received: Received, caller: VerifiedCaller, *, load: bool = False
) -> Response:
    request = received.request
    database, key = request.app.state.database, idempotency_key(request)
    keyed = KeyedWork(database, request, key, received.digest, caller, load=load) if key is not None else None
    async with keyed or UnitOfWork(database) as work:
        request.state.work, request.state.caller = work, keyed.caller if keyed else caller
        try:
            response = await handler(request)
        except Replayed as replayed:
            if is_audited(request, replayed.response):
                await record_write(await work.plain(), request, replayed.response)
            return replayed.response
        if response.status_code < 400 and left_unchecked(request):
            raise _unmet(response)  # nothing is stored
        if keyed:
            await keyed.remember(response)
        if is_audited(request, response):
            await record_write(await work.plain(), request, response)
    return response


def _unmet(response: Response) -> Problem:
    """Why a change that named a version is not made where none was looked at."""
    if response.status_code == 201:
        return PreconditionFailed("stale-etag", "There is no such version: the resource is not there yet.")
    return Invalid("input-invalid", "The input is wrong; see errors.", [not_taken("If-Match")])


async def _caller(request: Request) -> VerifiedCaller:
    caller: VerifiedCaller = request.state.caller
    return caller


async def _reads(request: Request) -> AsyncIterator[AsyncSession]:
    async with request.app.state.database.reading() as session:
        yield session


async def _writes(request: Request) -> AsyncSession:
    session: AsyncSession = await request.state.work.session()
    return session


async def _work(request: Request) -> UnitOfWork:
    work: UnitOfWork = request.state.work
    return work


async def _raw(request: Request) -> Connection:
    connection: Connection = await request.state.work.connection()
    return connection


# The scheme only documents the token in OpenAPI: the edge has verified it before.
bearer_scheme = Security(HTTPBearer(auto_error=False, description="OIDC access token"))

Caller = Annotated[VerifiedCaller, Depends(_caller)]
# Returned before the answer leaves: a caller who does not read it keeps no connection.
Reads = Annotated[AsyncSession, Depends(_reads, scope="function")]
Writes = Annotated[AsyncSession, Depends(_writes)]
Working = Annotated[UnitOfWork, Depends(_work)]
Raw = Annotated[Connection, Depends(_raw)]
