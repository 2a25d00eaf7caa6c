"""Bodies, received whole before anything that others need is opened for them.

A sender may pause in the middle of a body. What is held meanwhile, a connection to the database or a
lock, is held for everybody: so nothing is. Small bodies wait in memory, loads on disk.
"""

import asyncio
import hashlib
import re
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import IO, Any, NamedTuple

from starlette.requests import Request
from starlette.types import Message

from shared.errors import FieldError, Invalid, TooLarge, Unavailable
from shared.http.compressed import is_compressed, unpacked

MAX_BODY = 4 << 20  # bytes; the gateway takes less
MAX_DEPTH = 64  # arrays and objects of a JSON body inside one another
MAX_LOAD = 1 << 30
IN_MEMORY = 1 << 20  # bytes of a load that are not worth a file
ROOM = 4 << 30  # bytes on disk of all loads of this process
PLACES = 64  # loads received at once, half of them of one caller
PATIENCE = 300.0  # seconds that a received load waits until those before it are stored
BUSY = {"Retry-After": "10"}
_PIECE = 256 * 1024
_OUTLINE = re.compile(rb'"(?:[^"\\]|\\.)*"?|[\[\]{}]', re.DOTALL)

Receive = Callable[[], Awaitable[Message]]


class Received(NamedTuple):
    """A request whose body is here, and the SHA-256 of what it asks where it has an Idempotency-Key."""

    request: Request
    digest: bytes


class Fingerprint:
    """The SHA-256 of method, address and body; nothing is hashed for a request without a key."""

    def __init__(self, request: Request) -> None:
        keyed = "idempotency-key" in request.headers
        scope = request.scope
        target = f"{request.method} {scope['path']}?".encode() + scope["query_string"] + b"\n"
        self._hash = hashlib.sha256(target) if keyed else None

    def update(self, piece: bytes) -> None:
        """More of the body."""
        if self._hash is not None:
            self._hash.update(piece)

    def digest(self) -> bytes:
        """Empty without a key."""
        return self._hash.digest() if self._hash is not None else b""


async def receive(request: Request, most: int | None = None) -> Received:
    """A small body, whole, of at most `most` bytes, else `MAX_BODY`.

    Raises TooLarge `body-too-large`, Invalid for JSON that is nested too deeply.
    """
    most = MAX_BODY if most is None else most
    fingerprint = Fingerprint(request)
    pieces, size = [], 0
    async for piece in request.stream():
        size += len(piece)
        if size > most:
            raise TooLarge("body-too-large", f"A body of this kind has at most {most} bytes.")
        pieces.append(piece)
        fingerprint.update(piece)
    body = b"".join(pieces)
    if body.count(b"[") + body.count(b"{") > MAX_DEPTH and depth(body) > MAX_DEPTH:
        error = FieldError("", "nested-too-deeply", f"At most {MAX_DEPTH} levels are taken.")
        raise Invalid("input-invalid", "The input is wrong; see errors.", [error])

    async def replay() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return Received(Request(request.scope, _once(replay)), fingerprint.digest())


def depth(body: bytes) -> int:
    """How many arrays and objects of a JSON text lie inside one another, at most `MAX_DEPTH` + 1."""
    deepest = now = 0
    for found in _OUTLINE.finditer(body):
        sign = body[found.start()]
        if sign in b"[{":
            now += 1
            deepest = max(deepest, now)
            if deepest > MAX_DEPTH:
                break
        elif sign in b"]}":
            now -= 1
    return deepest


class Places:
    """How many long bodies are received at once: so many of one caller, twice as many of all."""

    def __init__(self) -> None:
        self._callers: Counter[str] = Counter()

    @contextmanager
    def taken(self, caller: str) -> Iterator[None]:
        """A place for the block; `caller` is a subject key. Raises Unavailable `loads-busy`."""
        if self._callers.total() >= PLACES or self._callers[caller] >= PLACES // 2:
            raise _busy()
        self._callers[caller] += 1
        try:
            yield
        finally:
            self._callers[caller] -= 1
            self._callers += Counter()  # those without loads are forgotten


class Loads:
    """Long lists: each received to disk in a place of its own, then stored a few at a time."""

    def __init__(self, turns: int) -> None:
        """Store `turns` loads at once: each holds a connection to the database."""
        self._turns = asyncio.Semaphore(turns)
        self._places = Places()
        self._stored = 0

    @asynccontextmanager
    async def received(self, request: Request, caller: str) -> AsyncIterator[Received]:
        """The request once its body is here, unpacked if it came in gzip; `caller` is a subject key.

        Raises Unavailable `loads-busy` without place or room, TooLarge `body-too-large`, and as `unpacked`.
        """
        with self._places.taken(caller), tempfile.SpooledTemporaryFile(IN_MEMORY) as file:
            fingerprint = Fingerprint(request)
            size = 0
            try:
                async for batch in _batches(request):
                    size += len(batch)
                    self._stored += len(batch)
                    if size > MAX_LOAD:
                        raise TooLarge("body-too-large", f"A load has at most {MAX_LOAD} bytes.")
                    await self._write(file, batch, fingerprint)
                file.seek(0)
                yield Received(Request(request.scope, _once(_reading(file, size))), fingerprint.digest())
            finally:
                self._stored -= size

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait until fewer loads are being stored. Raises Unavailable `loads-busy` after `PATIENCE`."""
        try:
            async with asyncio.timeout(PATIENCE):
                await self._turns.acquire()
        except TimeoutError:
            raise _busy() from None
        try:
            yield
        finally:
            self._turns.release()

    async def _write(self, file: IO[bytes], batch: bytes, fingerprint: Fingerprint) -> None:
        fingerprint.update(batch)
        if self._stored > ROOM:
            raise _busy()
        try:
            await asyncio.to_thread(file.write, batch)
        except OSError:  # the disk is full
            raise _busy() from None


def _busy() -> Unavailable:
    return Unavailable("loads-busy", "Too many loads are under way; send it again later.", headers=BUSY)


async def _batches(request: Request) -> AsyncIterator[bytes]:
    """The body in pieces that are worth a write."""
    pieces: list[bytes] = []
    size = 0
    async for piece in unpacked(request.stream()) if is_compressed(request) else request.stream():
        pieces.append(piece)
        size += len(piece)
        if size >= _PIECE:
            yield b"".join(pieces)
            pieces, size = [], 0
    if size:
        yield b"".join(pieces)


def _reading(file: IO[bytes], size: int) -> Receive:
    left = size

    async def read() -> Message:
        nonlocal left
        piece = await asyncio.to_thread(file.read, _PIECE)
        left -= len(piece)
        return {"type": "http.request", "body": piece, "more_body": left > 0}

    return read


def _once(source: Receive) -> Receive:
    """A receive channel that ends with what `source` ends with."""
    ended = False

    async def read() -> Any:
        nonlocal ended
        if ended:
            return {"type": "http.disconnect"}
        message = await source()
        ended = not message["more_body"]
        return message

    return read
