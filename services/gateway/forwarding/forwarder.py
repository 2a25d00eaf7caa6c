"""Resources of one owner pass through: bodies are streamed, memory stays bounded.

None is parsed but those of rater requests, which get the names of the people to be rated.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import NamedTuple

from starlette.requests import ClientDisconnect, Request
from starlette.types import Receive, Scope, Send

from services.gateway.forwarding import routes
from services.gateway.forwarding.client_limits import ClientLimits
from services.gateway.http_client.response_parser import Broken, Late, Raw
from services.gateway.http_client.upstream import Response, Upstream, forwarded, returned
from shared.auth.tokens import Tokens, bearer
from shared.errors import NotFound, Problem, TooLarge
from shared.http.bodies import Places

log = logging.getLogger("steward.gateway")

SMALL = 1 << 18  # bodies up to here are taken whole, so that a request can be repeated, an answer be refused
MAX_BODY = 1 << 20
MAX_IMPORT = 1 << 30
IMPORTS = ("application/x-ndjson", "application/ndjson", "text/csv")
PAUSES = (0.1, 0.3)  # seconds before an idempotent request is tried again while its service starts
IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})
BODILESS = frozenset({"GET", "HEAD", "OPTIONS"})


class Interrupted(Exception):
    """A body broke off. The connection must break as well, or a part would pass for the whole."""


class Upload:
    """A request's body as it comes in, bounded; `failure` is what ended it early."""

    def __init__(self, request: Request, limit: int) -> None:
        """Pass on at most `limit` bytes of `request`."""
        self._stream = request.stream()
        self._limit = limit
        self._size = 0
        self._first: list[bytes] = []
        self.failure: Exception | None = None

    async def whole(self) -> bytes | None:
        """The body if it is small; None when more than `SMALL` bytes are there and the rest is to come."""
        async for chunk in self._bounded():
            self._first.append(chunk)
            if self._size > SMALL:
                return None
        return b"".join(self._first)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """The chunks. A caller that goes away raises ClientDisconnect, so that no half body passes."""
        while self._first:
            yield self._first.pop(0)
        try:
            async for chunk in self._bounded():
                yield chunk
        except (ClientDisconnect, TooLarge) as failure:
            self.failure = failure
            raise

    async def _bounded(self) -> AsyncIterator[bytes]:
        async for chunk in self._stream:
            self._size += len(chunk)
            if self._size > self._limit:
                raise _too_large(self._limit)
            if chunk:
                yield chunk


class Outgoing(NamedTuple):
    """One request to a service, in the order of `Upstream.call`."""

    service: str
    method: str
    target: bytes
    headers: Raw
    body: bytes | Upload | None


class Addition(NamedTuple):
    """What the gateway adds to answers of a service: to which requests' (method, target), and how.

    `added` is given the upstream, the headers that were sent to the service, and the body of a 200.
    """

    concerns: Callable[[str, bytes], bool]
    added: Callable[[Upstream, Raw, bytes], Awaitable[bytes]]


class Forwarding:
    """ASGI endpoint: verifies the token, finds the owner, passes request and answer through."""

    def __init__(self, tokens: Tokens, limits: ClientLimits, upstream: Upstream, addition: Addition) -> None:
        """Forward for callers that `tokens` verifies, within their `limits`, to the services of `upstream`."""
        self._limits = limits
        self._tokens = tokens
        self._upstream = upstream
        self._addition = addition
        self._places = Places()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request. Raises the problems of token, limit, path, body and service."""
        request = Request(scope, receive)
        caller = await self._tokens.verify(bearer(request))
        send = self._limits.admitted(caller, scope, send)
        path = scope["path"]
        service = routes.owner(path)
        if service is None:
            raise NotFound("route-unknown", "There is no such resource.")
        body = await _body(request)
        target: bytes = scope["raw_path"]
        if scope["query_string"]:
            target += b"?" + scope["query_string"]
        outgoing = Outgoing(service, request.method, target, forwarded(scope), body)
        if isinstance(body, Upload):
            with self._places.taken(caller.subject_key):
                await self._upload(outgoing, body, send)
        else:
            await self._patiently(outgoing, send, PAUSES if _repeatable(request) else ())

    async def _upload(self, outgoing: Outgoing, body: Upload, send: Send) -> None:
        """Pass on a body whose rest is still coming; it cannot be repeated."""
        try:
            await self._once(outgoing, send)
        except Problem:
            # What really broke a stream is known here only: the pool reports a broken connection.
            if body.failure is None:
                raise
            if isinstance(body.failure, Problem):
                raise body.failure from None
            # The caller went away; nobody is there to be answered.

    async def _patiently(self, outgoing: Outgoing, send: Send, pauses: Sequence[float]) -> None:
        for pause in (*pauses, None):
            try:
                await self._once(outgoing, send)
                break
            except Problem as problem:
                if problem.code != "service-away" or pause is None:
                    raise
            await asyncio.sleep(pause)

    async def _once(self, outgoing: Outgoing, send: Send) -> None:
        if self._addition.concerns(outgoing.method, outgoing.target):
            await self._with_addition(outgoing, send)
            return
        async with self._upstream.call(*outgoing) as response:
            length = response.content_length
            if outgoing.method == "HEAD" or (length is not None and length <= SMALL):
                whole = await response.read()
                await _start(send, response)
                await send({"type": "http.response.body", "body": whole})
                return
            await _start(send, response)
            try:
                async for chunk in response.chunks():
                    await send({"type": "http.response.body", "body": chunk, "more_body": True})
            except (Broken, Late) as error:
                log.warning("%s broke off in mid-answer (%s)", outgoing.service, type(error).__name__)
                raise Interrupted from None
            await send({"type": "http.response.body", "body": b""})

    async def _with_addition(self, outgoing: Outgoing, send: Send) -> None:
        """One answer in whole; the connection is given back before other services are asked."""
        async with self._upstream.call(*outgoing) as response:
            status, headers, whole = response.status, returned(response), await response.read()
        if status == 200:
            whole = await self._addition.added(self._upstream, outgoing.headers, whole)
            headers = [pair for pair in headers if pair[0] not in (b"content-length", b"cache-control")]
            headers += [(b"content-length", str(len(whole)).encode()), (b"cache-control", b"no-store")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": whole})


async def _start(send: Send, response: Response) -> None:
    await send({"type": "http.response.start", "status": response.status, "headers": returned(response)})


async def _body(request: Request) -> "bytes | Upload | None":
    """The request's body: whole when it is small, otherwise as a stream. Raises TooLarge `body-too-large`.

    A connection to the service is taken afterwards, so that a small body's sender may take its time.
    """
    declared = request.headers.get("content-length")
    if request.method in BODILESS and declared is None and "transfer-encoding" not in request.headers:
        return None
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    limit = MAX_IMPORT if kind in IMPORTS else MAX_BODY
    length = int(declared) if declared and declared.isdigit() else None
    if length is not None and length > limit:
        raise _too_large(limit)
    upload = Upload(request, limit)
    whole = await upload.whole()
    return upload if whole is None else whole


def _too_large(limit: int) -> TooLarge:
    return TooLarge("body-too-large", f"A body of this kind has at most {limit} bytes.")


def _repeatable(request: Request) -> bool:
    """Whether sending a request whose body is there again can do no harm (RFC 9110 section 9.2.2)."""
    return request.method in IDEMPOTENT or "idempotency-key" in request.headers
