"""Calls to the services: persistent connections, headers that may cross, errors with one meaning."""

from collections.abc import AsyncIterable, AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Protocol

from opentelemetry import trace
from starlette.types import Scope

from services.gateway.http_client.pool import Connections, Limits
from services.gateway.http_client.response_parser import Away, Broken, Late, Raw
from services.gateway.http_client.streaming import Uploads
from shared.errors import BadGateway, GatewayTimeout, Unavailable
from shared.http.in_place_of import HEADER as IN_PLACE_OF
from shared.telemetry import provider as telemetry

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
_NOT_FORWARDED = HOP_BY_HOP | {b"traceparent", b"expect", IN_PLACE_OF.lower().encode()}
_NOT_RETURNED = HOP_BY_HOP | {b"server", b"date"}  # our own server says them


class Response(Protocol):
    """What a service answers: names of headers in lower case, the body unread."""

    status: int
    headers: Raw

    @property
    def content_length(self) -> int | None:
        """The length that the answer declares."""

    async def read(self) -> bytes:
        """The whole body. Raises Broken or Late."""

    def chunks(self) -> AsyncIterator[bytes]:
        """The body's pieces as they come. Raises Broken or Late."""


class Upstream:
    """The services, by name, over persistent connections."""

    def __init__(self, services: Mapping[str, str]) -> None:
        """`services` are base URLs by name."""
        self.services = {name: url.rstrip("/") for name, url in services.items()}
        limits = Limits(CONNECTIONS, IDLE, CONNECT_TIMEOUT, POOL_TIMEOUT, READ_TIMEOUT)
        self._connections = {name: Connections(url, limits) for name, url in self.services.items()}
        self._uploads = Uploads(limits, UPLOAD_TIMEOUT)

    async def start(self) -> None:
        """Make ready, in the running loop."""
        self._uploads.start()

    async def close(self) -> None:
        """Close the connections."""
        for connections in self._connections.values():
            connections.close()
        await self._uploads.close()

    @asynccontextmanager
    async def call(
        self,
        service: str,
        method: str,
        target: bytes,
        headers: Raw,
        body: bytes | AsyncIterable[bytes] | None = None,
    ) -> AsyncIterator[Response]:
        """The answer of `service` to one request, its body unread; `target` is the raw path and query.

        Raises Unavailable `service-away`, BadGateway `service-failed` or GatewayTimeout `service-late`.
        """
        known = self._connections.get(service)
        if known is None:
            raise away(service)
        try:
            if method == "HEAD" or not isinstance(body, bytes | None):
                url = self.services[service] + target.decode("latin-1")
                async with self._uploads.exchange(method, url, headers, body) as response:
                    yield response
            else:
                async with known.exchange(method, target, headers, body) as answer:
                    yield answer
        except Away as error:
            raise away(service) from error
        except Late as error:
            raise GatewayTimeout("service-late", f"{service} did not answer in time.") from error
        except Broken as error:
            detail = f"{service} broke off before it answered."
            raise BadGateway("service-failed", detail, headers=RETRY_AFTER) from error


def away(service: str) -> Unavailable:
    """The problem of a service that cannot be reached."""
    return Unavailable("service-away", f"{service} cannot be reached; try again.", headers=RETRY_AFTER)


def forwarded(scope: Scope) -> Raw:
    """The request's headers that go on to the service, with the current span as its parent."""
    pairs: Raw = scope["headers"]
    named = _named_by_connection(pairs)
    headers = [pair for pair in pairs if pair[0] not in _NOT_FORWARDED and pair[0] not in named]
    return headers + traced(scope)


def traced(scope: Scope) -> Raw:
    """The trace context that goes on: our own span's, else what the caller sent."""
    ours = telemetry.traceparent(trace.get_current_span().get_span_context())
    if ours is not None:
        return [(b"traceparent", ours.encode())]
    return [pair for pair in scope["headers"] if pair[0] == b"traceparent"]


def returned(response: Response) -> Raw:
    """The service's headers that go back to the caller."""
    named = _named_by_connection(response.headers)
    return [pair for pair in response.headers if pair[0] not in _NOT_RETURNED and pair[0] not in named]


def _named_by_connection(pairs: Iterable[tuple[bytes, bytes]]) -> set[bytes]:
    return {
        token.strip().lower() for name, value in pairs if name == b"connection" for token in value.split(b",")
    } - {b"content-length", b"authorization"}
