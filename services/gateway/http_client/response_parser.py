"""A service's answer as it comes in: parsed by httptools, its body waiting until it is taken."""

import asyncio
from collections.abc import AsyncIterator, Callable

import httptools

Raw = list[tuple[bytes, bytes]]

BUFFER = 1 << 17  # bytes that wait to be taken before the service has to
NO_BODY = frozenset({204, 304})


class Away(Exception):
    """No connection could be made; the request was not sent."""


class Late(Exception):
    """The service was silent for too long."""


class Broken(Exception):
    """The connection ended, or made no sense, before the answer did."""


class Answer:
    """One answer: `status` and `headers` (names in lower case) once `head` returned, then the body."""

    def __init__(self, flow: Callable[[bool], None]) -> None:
        """`flow` lets the service go on or, with False, holds it back."""
        self.status = 0
        self.headers: Raw = []
        self.heard = False
        self.complete = False
        self.held = False
        self._flow = flow
        self._parser = httptools.HttpResponseParser(self)
        self._headed = False
        self._reusable = False
        self._chunks: list[bytes] = []
        self._waiting = 0  # bytes in `_chunks`
        self._failure: Exception | None = None
        self._waiter: asyncio.Future[None] | None = None

    async def head(self) -> None:
        """Wait for status and headers. Raises Broken or Late."""
        while not self._headed:
            await self._more()

    async def read(self) -> bytes:
        """The whole body, whose size is the caller's to bound. Raises Broken or Late."""
        while not self.complete:
            self._release()
            await self._more()
        return self._take()

    async def chunks(self) -> AsyncIterator[bytes]:
        """The body's pieces as they come. Raises Broken or Late."""
        while self._chunks or not self.complete:
            if not self._chunks:
                await self._more()
            if self._chunks:
                yield self._take()

    @property
    def content_length(self) -> int | None:
        """The length that the answer declares."""
        value = next((value for name, value in self.headers if name == b"content-length"), b"")
        return int(value) if value.isdigit() else None

    @property
    def clean(self) -> bool:
        """Whether the connection can carry another request after this answer."""
        return self.complete and self._reusable and self._failure is None and not self.held

    def feed(self, data: bytes) -> None:
        """Parse what came in."""
        self.heard = True
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self.fail(Broken())
            return
        if self._waiting > BUFFER and not self.held and not self.complete:
            self.held = True
            self._flow(False)
        self._wake()

    def end(self) -> None:
        """The connection has ended: well for an answer that does not say where it ends."""
        if self._headed and not self._framed():
            self.complete = True
            self._wake()
        elif not self.complete:
            self.fail(Broken())

    def fail(self, failure: Exception) -> None:
        """There will be no more."""
        self._failure = self._failure or failure
        self._wake()

    # what the parser says

    def on_message_begin(self) -> None:
        """Refuse an answer that nobody asked for: the connection is out of step."""
        if self.complete:
            raise Broken

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a header; a trailer is dropped."""
        if not self._headed:
            self.headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        """The head is there; that of an interim answer (RFC 9110 section 15.2) is dropped."""
        self.status = self._parser.get_status_code()
        self._headed = self.status >= 200
        if not self._headed:
            self.headers = []
            return
        # Asked now: the parser forgets what it goes by once the answer is complete.
        self._reusable = self._framed() and bool(self._parser.should_keep_alive())

    def on_body(self, body: bytes) -> None:
        """Keep a piece of the body."""
        self._chunks.append(body)
        self._waiting += len(body)

    def on_message_complete(self) -> None:
        """The answer is there in whole."""
        self.complete = self._headed

    def _framed(self) -> bool:
        """Whether the answer says where it ends (RFC 9112 section 6.3)."""
        if self.status in NO_BODY:
            return True
        return any(name in (b"content-length", b"transfer-encoding") for name, _ in self.headers)

    def _take(self) -> bytes:
        chunks = self._chunks
        self._chunks, self._waiting = [], 0
        self._release()
        return chunks[0] if len(chunks) == 1 else b"".join(chunks)

    def _release(self) -> None:
        if self.held:
            self.held = False
            self._flow(True)

    async def _more(self) -> None:
        """Wait until something comes, or raise why nothing will."""
        if self._failure is not None:
            raise self._failure
        self._waiter = asyncio.get_running_loop().create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
