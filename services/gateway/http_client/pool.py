"""Persistent HTTP/1.1 connections to one service, for requests whose body is there in whole.

A general client spends on every call what a gateway has no use for: URLs taken apart and put together,
cookies, redirects, headers of its own. This one writes the request in one piece and parses the answer.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NamedTuple, cast
from urllib.parse import urlsplit

from services.gateway.http_client.response_parser import Answer, Away, Broken, Late, Raw

REPEATABLE = frozenset({"GET", "OPTIONS", "PUT", "DELETE"})


class Limits(NamedTuple):
    """Connections to one service, and seconds: of rest, to connect, to wait for a place, of silence."""

    connections: int
    idle: float
    connect: float
    place: float
    silence: float


class Connection(asyncio.Protocol):
    """One connection, carrying one request at a time."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._answer: Answer | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._heard_at = self._silence = 0.0
        self.rested_at: float | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is none by inheritance

    def data_received(self, data: bytes) -> None:
        """Pass it to the answer under way; nobody may speak unasked."""
        self._heard_at = self._loop.time()
        if self._answer is None:
            self.abort()
        else:
            self._answer.feed(data)

    def connection_lost(self, _: Exception | None) -> None:
        """Whatever was under way has ended."""
        self._transport = None
        if self._answer is not None:
            self._answer.end()

    @property
    def open(self) -> bool:
        """Whether it can carry a request."""
        return self._transport is not None and not self._transport.is_closing()

    def send(self, request: bytes, silence: float) -> Answer:
        """Send a request; its answer fails with Late after `silence` seconds without a byte."""
        answer = self._answer = Answer(self._flow)
        self._heard_at, self._silence = self._loop.time(), silence
        self._timer = self._loop.call_later(silence, self._check)
        if self._transport is None:
            answer.end()
        else:
            self._transport.write(request)
        return answer

    def finish(self) -> bool:
        """Leave the answer under way; whether the connection can carry another request."""
        answer, self._answer = self._answer, None
        if self._timer is not None:
            self._timer.cancel()
        sent = self._transport is not None and self._transport.get_write_buffer_size() == 0
        if self.open and sent and answer is not None and answer.clean:
            self.rested_at = self._loop.time()
            return True
        self.abort()
        return False

    def abort(self) -> None:
        """End at once."""
        if self._transport is not None:
            self._transport.abort()

    def _flow(self, on: bool) -> None:
        if self._transport is not None and not self._transport.is_closing():
            (self._transport.resume_reading if on else self._transport.pause_reading)()

    def _check(self) -> None:
        """Fail a silent service. That a caller takes its time is not the service's silence."""
        answer = self._answer
        if answer is None:
            return
        now = self._loop.time()
        due = (now if answer.held else self._heard_at) + self._silence
        if due > now:
            self._timer = self._loop.call_at(due, self._check)
        else:
            answer.fail(Late())


class Connections:
    """The connections to one service."""

    def __init__(self, url: str, limits: Limits) -> None:
        """To the service at the base address `url`; nothing connects yet."""
        parts = urlsplit(url)
        self._limits = limits
        self._prefix = parts.path.rstrip("/").encode()
        self._host, self._port = parts.hostname or "", parts.port
        self._tls = ssl.create_default_context() if parts.scheme == "https" else None
        self._authority = parts.netloc.rpartition("@")[2].encode()
        self._places = asyncio.Semaphore(limits.connections)
        self._resting: list[Connection] = []

    @asynccontextmanager
    async def exchange(
        self, method: str, target: bytes, headers: Raw, body: bytes | None
    ) -> AsyncIterator[Answer]:
        """The answer to one request, its body unread. Raises Away, Late or Broken.

        A persistent connection may have been closed while the request was on its way: where nothing was
        heard and a repeat does no harm, it is sent once more.
        """
        request = _encoded(method, self._prefix + target, self._authority, headers, body)
        await self._place()
        connection: Connection | None = None
        try:
            connection = self._rested() or await self._connected()
            answer = connection.send(request, self._limits.silence)
            try:
                await answer.head()
            except Broken:
                if answer.heard or connection.rested_at is None or method not in REPEATABLE:
                    raise
                connection.finish()
                connection = await self._connected()
                answer = connection.send(request, self._limits.silence)
                await answer.head()
            yield answer
        finally:
            if connection is not None and connection.finish():
                self._resting.append(connection)
            self._places.release()

    def close(self) -> None:
        """End those at rest."""
        while self._resting:
            self._resting.pop().abort()

    async def _place(self) -> None:
        """Wait for one of the places. Raises Away where none comes free in time."""
        if not self._places.locked():
            await self._places.acquire()
            return
        try:
            async with asyncio.timeout(self._limits.place):
                await self._places.acquire()
        except TimeoutError:
            raise Away from None

    def _rested(self) -> Connection | None:
        """The connection that rested for the shortest time, where it is still good."""
        now = asyncio.get_running_loop().time()
        while self._resting:
            connection = self._resting.pop()
            if connection.open and now - (connection.rested_at or now) < self._limits.idle:
                return connection
            connection.abort()
        return None

    async def _connected(self) -> Connection:
        loop = asyncio.get_running_loop()
        port = self._port or (80 if self._tls is None else 443)
        try:
            async with asyncio.timeout(self._limits.connect):
                _, made = await loop.create_connection(Connection, self._host, port, ssl=self._tls)
        except (OSError, TimeoutError):
            raise Away from None
        return made


def _encoded(method: str, target: bytes, authority: bytes, headers: Raw, body: bytes | None) -> bytes:
    """The request as it goes over the wire, with its true length, whatever its header had."""
    lines = [method.encode(), b" ", target, b" HTTP/1.1\r\n"]
    hosted = False
    for name, value in headers:
        if name == b"content-length":
            continue
        hosted = hosted or name == b"host"
        lines += (name, b": ", value, b"\r\n")
    if not hosted:
        lines += (b"host: ", authority, b"\r\n")
    if body is not None:
        lines.append(b"content-length: %d\r\n" % len(body))
    lines += (b"\r\n", body or b"")
    return b"".join(lines)
