"""Calls to the services: one pool of connections, headers that may cross, errors with one meaning."""

from collections.abc import AsyncIterable, AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager

import aiohttp
from opentelemetry import trace
from starlette.types import Scope
from yarl import URL

from shared import telemetry
from shared.errors import Problem, Unavailable

CONNECT_TIMEOUT = 2.0
POOL_TIMEOUT = 5.0
READ_TIMEOUT = 60.0
UPLOAD_TIMEOUT = 900.0  # a streamed import answers once its last line is stored
CONNECTIONS = 512
IDLE = 30.0  # seconds, shorter than the services keep connections open
RETRY_AFTER = {"Retry-After": "2"}

# RFC 9110 section 7.6.1: these concern one connection only.
HOP_BY_HOP = frozenset(
    {
        b"connection",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    }
)
_NOT_FORWARDED = HOP_BY_HOP | {b"traceparent", b"expect"}
_NOT_RETURNED = HOP_BY_HOP | {b"server", b"date"}  # our own server says them
_NOT_INVENTED = ("User-Agent", "Accept", "Accept-Encoding", "Content-Type")
_ORDINARY, _UPLOAD = (
    aiohttp.ClientTimeout(total=None, connect=POOL_TIMEOUT, sock_connect=CONNECT_TIMEOUT, sock_read=read)
    for read in (READ_TIMEOUT, UPLOAD_TIMEOUT)
)

Headers = list[tuple[str, str]]


class BadGateway(Problem):
    """The service broke off before it answered."""

    status = 502
    title = "Bad gateway"


class GatewayTimeout(Problem):
    """The service did not answer in time."""

    status = 504
    title = "Gateway timeout"


class Upstream:
    """The services, by name, over one pool of connections."""

    def __init__(self, services: Mapping[str, str]) -> None:
        """`services` are base URLs by name."""
        self.services = {name: url.rstrip("/") for name, url in services.items()}
        self._http: aiohttp.ClientSession | None = None

    async def start(self) -> None:
        """Open the pool, in the running loop."""
        self._http = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=CONNECTIONS, keepalive_timeout=IDLE, ttl_dns_cache=30),
            timeout=_ORDINARY,
            auto_decompress=False,  # bodies pass as they are
            skip_auto_headers=_NOT_INVENTED,
            cookie_jar=aiohttp.DummyCookieJar(),
            read_bufsize=1 << 17,
        )

    async def close(self) -> None:
        """Close the pool."""
        if self._http is not None:
            await self._http.close()

    @asynccontextmanager
    async def call(
        self,
        service: str,
        method: str,
        target: str,
        headers: Headers,
        body: bytes | AsyncIterable[bytes] | None = None,
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """The answer of `service` to one request, its body unread; `target` is the raw path and query.

        Raises Unavailable `service-away`, BadGateway `service-failed` or GatewayTimeout `service-late`.
        """
        assert self._http is not None
        base = self.services.get(service)
        if base is None:
            raise away(service)
        try:
            async with self._http.request(
                method,
                URL(base + target, encoded=True),
                headers=headers,
                data=body,
                allow_redirects=False,
                timeout=_ORDINARY if body is None or isinstance(body, bytes) else _UPLOAD,
            ) as response:
                yield response
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise away(service) from error
        except TimeoutError as error:
            raise GatewayTimeout("service-late", f"{service} did not answer in time.") from error
        except aiohttp.ClientError as error:
            detail = f"{service} broke off before it answered."
            raise BadGateway("service-failed", detail, headers=RETRY_AFTER) from error


def away(service: str) -> Unavailable:
    """The problem of a service that cannot be reached."""
    return Unavailable("service-away", f"{service} cannot be reached; try again.", headers=RETRY_AFTER)


def forwarded(scope: Scope) -> Headers:
    """The request's headers that go on to the service, with the current span as its parent."""
    pairs: list[tuple[bytes, bytes]] = scope["headers"]
    named = _named_by_connection(pairs)
    headers = [
        (name.decode("latin-1"), value.decode("latin-1"))
        for name, value in pairs
        if name not in _NOT_FORWARDED and name not in named
    ]
    return headers + traced(scope)


def traced(scope: Scope) -> Headers:
    """The trace context that goes on: our own span's, else what the caller sent."""
    ours = telemetry.traceparent(trace.get_current_span().get_span_context())
    if ours is not None:
        return [("traceparent", ours)]
    return [
        ("traceparent", value.decode("latin-1")) for name, value in scope["headers"] if name == b"traceparent"
    ]


def returned(response: aiohttp.ClientResponse) -> list[tuple[bytes, bytes]]:
    """The service's headers that go back to the caller."""
    pairs = [(name.lower(), value) for name, value in response.raw_headers]
    named = _named_by_connection(pairs)
    return [(name, value) for name, value in pairs if name not in _NOT_RETURNED and name not in named]


def _named_by_connection(pairs: Iterable[tuple[bytes, bytes]]) -> set[bytes]:
    return {
        token.strip().lower() for name, value in pairs if name == b"connection" for token in value.split(b",")
    } - {b"content-length", b"authorization"}
