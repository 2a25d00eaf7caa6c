"""What a connection may cost before anybody knows who is at its other end, and how slow that end may be.

uvicorn's protocol stores headers as long as they come, and waits for the rest of a request, or for its
answer to be read, without end. This one stands before every service:

- A head (request line and headers) has at most 32 KiB and 100 headers, and is there within 20 seconds.
- A body, and an answer on its way out, moves on by 256 bytes a second: a poor line does. Who stands still
  for two windows of 20 seconds ends. While the service is the slow one, nobody is blamed.
- Of connections that ask nothing the one that rests longest ends when there are too many.
"""

import asyncio
from typing import Any, ClassVar

import orjson
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

MAX_HEAD = 32 * 1024  # bytes; a token has up to 8 KiB of them
MAX_FIELDS = 100
HEAD_SECONDS = 20.0
PACE = 256  # bytes a second
WINDOW = 20.0  # seconds over which the pace is looked at
STRIKES = 2  # windows in a row that may not be reached
MAX_RESTING = 1000
LINGER = 2.0  # seconds in which a refused sender can read why
_SLICE = 16 * 1024  # of a head at a time, so that little is parsed in vain

_TITLES = {400: "Bad request", 408: "Request timeout", 431: "Request header fields too large"}


class BoundedProtocol(HttpToolsProtocol):
    """uvicorn's protocol with the bounds of this module."""

    resting: ClassVar[dict["BoundedProtocol", None]] = {}  # of this process, the longest rest first

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._in_head = True
        self._refused = False
        self._moved = False  # whether the piece just parsed ended a head or brought a body on
        self._piece = 0  # its bytes
        self._unmoved = 0  # bytes since then
        self._received = 0  # bytes of the body in this window
        self._strikes = self._unread_strikes = 0
        self._unread = 0
        self._reading: asyncio.TimerHandle | None = None
        self._writing: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a head."""
        super().connection_made(transport)
        self._reading = self.loop.call_later(HEAD_SECONDS, self._head_late)
        self._rest()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is awaited any more."""
        self.resting.pop(self, None)
        self._still()
        if self._writing is not None:
            self._writing.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse what came, as far as it is within the bounds."""
        while data and not self._refused and not self.transport.is_closing():
            piece = data[:_SLICE] if self._in_head else data
            data = data[len(piece) :]
            self._moved, self._piece = False, len(piece)
            super().data_received(piece)
            self._unmoved = 0 if self._moved else self._unmoved + len(piece)
            if self._unmoved > MAX_HEAD or len(self.headers or ()) > MAX_FIELDS:
                self._refuse(431, "headers-too-large", "The headers are larger than allowed.")
        if not self._refused:
            self._watch()

    def on_headers_complete(self) -> None:
        """Start the request, unless its head is too large."""
        if self._refused or len(self.headers) > MAX_FIELDS or self._head_too_large():
            self._refuse(431, "headers-too-large", "The headers are larger than allowed.")
            return
        self._moved, self._in_head = True, False
        self._still()
        self.resting.pop(self, None)
        self._received = self._strikes = 0
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Pass a piece of the body on."""
        self._moved = True
        self._received += len(body)
        if not self._refused:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """What comes next is another head."""
        self._moved = self._in_head = True
        if not self._refused:
            super().on_message_complete()

    def on_response_complete(self) -> None:
        """Rest, unless another request waits."""
        super().on_response_complete()
        if self.cycle.response_complete and not self.transport.is_closing():
            self._rest()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002  # uvicorn's own words
        """Refuse what is no HTTP, as a problem like any other."""
        if not self._refused:
            self._refuse(400, "request-malformed", "The request cannot be read.")

    def pause_writing(self) -> None:
        """Look whether the answer is read."""
        super().pause_writing()
        self._unread, self._unread_strikes = self.transport.get_write_buffer_size(), 0
        self._writing = self.loop.call_later(WINDOW, self._look_at_reader)

    def resume_writing(self) -> None:
        """The answer is read again."""
        if self._writing is not None:
            self._writing.cancel()
        super().resume_writing()

    def _head_too_large(self) -> bool:
        """Exactly, where it may be: most heads are there in one small piece."""
        if self._unmoved + self._piece <= MAX_HEAD:
            return False
        return len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers) > MAX_HEAD

    def _rest(self) -> None:
        """Nothing is asked here; of too many such connections the first ends."""
        self.resting[self] = None
        if len(self.resting) > MAX_RESTING:
            longest = next(iter(self.resting))
            del self.resting[longest]
            longest.transport.close()

    def _watch(self) -> None:
        """Wait for what is missing: the rest of a head, the rest of a body, or nothing."""
        if not self._in_head:
            if self._reading is None:
                self._reading = self.loop.call_later(WINDOW, self._look_at_sender)
        elif self._unmoved:
            if self._reading is None:
                self._reading = self.loop.call_later(HEAD_SECONDS, self._head_late)
        else:
            self._still()

    def _still(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
            self._reading = None

    def _head_late(self) -> None:
        self._reading = None
        if self._unmoved:
            self._refuse(408, "request-too-slow", "The headers did not come in time.")
        else:
            self.transport.close()

    def _look_at_sender(self) -> None:
        """Whether the body goes on; what the service has not read yet is not its sender's fault."""
        self._reading = None
        idle = self.flow.read_paused or bool(self.cycle and self.cycle.body)
        slow = not idle and self._received < PACE * WINDOW
        self._strikes = self._strikes + 1 if slow else 0
        self._received = 0
        if self._strikes >= STRIKES:
            self._refuse(408, "request-too-slow", "The body stands still, or nearly so.")
        else:
            self._reading = self.loop.call_later(WINDOW, self._look_at_sender)

    def _look_at_reader(self) -> None:
        unread = self.transport.get_write_buffer_size()
        slow = self._unread - unread < PACE * WINDOW
        self._unread, self._unread_strikes = unread, self._unread_strikes + 1 if slow else 0
        if self._unread_strikes >= STRIKES:
            self.transport.abort()
        else:
            self._writing = self.loop.call_later(WINDOW, self._look_at_reader)

    def _refuse(self, status: int, code: str, detail: str) -> None:
        """Say why where nothing was answered yet, then end the connection."""
        if self._refused:
            return
        self._refused = True
        self._still()
        self.resting.pop(self, None)
        cycle = self.cycle
        asked = cycle is not None and not cycle.response_complete
        if asked:
            cycle.disconnected = True
            cycle.message_event.set()
        if asked and (cycle.response_started or self._in_head):
            self.transport.abort()  # in the middle of an answer nothing else can be sent
            return
        self.transport.write(_problem(status, code, detail))
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self.flow.resume_reading()  # what comes is not looked at, but unread it would take the answer away
        self.loop.call_later(LINGER, self.transport.close)


def _problem(status: int, code: str, detail: str) -> bytes:
    """A problem (RFC 9457) as it goes over the wire."""
    body = orjson.dumps(
        {
            "type": f"urn:steward:problem:{code}",
            "title": _TITLES[status],
            "status": status,
            "code": code,
            "detail": detail,
        }
    )
    head = b"content-type: application/problem+json\r\nconnection: close\r\ncontent-length: %d\r\n\r\n"
    return STATUS_LINE[status] + head % len(body) + body
