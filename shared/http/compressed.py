"""Bodies that come compressed by gzip (RFC 1952), unpacked as they come in.

What a piece grows to is bounded before it is made, so that memory stays flat whatever is sent.
"""

import zlib
from collections.abc import AsyncIterator

from starlette.requests import Request

from shared.errors import FieldError, Invalid, TooLarge

PIECE = 256 * 1024  # bytes unpacked at once
MAX_RATIO = 200  # bytes for each that was sent: lists of people have 5 to 30
FREE = 4 << 20  # bytes that are unpacked whatever the ratio
MAX_MEMBERS = 100_000  # files put one behind the other, as blocked gzip does every 64 KB
_GZIP = 16 + zlib.MAX_WBITS


def is_compressed(request: Request) -> bool:
    """Whether the body is in gzip. Other codings are refused before (`shared.http.request_checks`)."""
    return request.headers.get("content-encoding", "").strip().lower() == "gzip"


async def unpacked(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The content of a body in gzip, in pieces of up to `PIECE` bytes.

    Raises Invalid `gzip-malformed`, also where the end is missing, and TooLarge `gzip-ratio`.
    """
    gzip = _Gzip()
    async for piece in pieces:
        gzip.feed(piece)
        while content := gzip.read():
            yield content
    gzip.end()


class _Gzip:
    """What was sent and is not unpacked yet, and how much was."""

    def __init__(self) -> None:
        self._file = zlib.decompressobj(_GZIP)
        self._waiting = b""
        self._sent = self._grown = 0
        self._members = 1

    def feed(self, piece: bytes) -> None:
        """More of what was sent."""
        self._waiting += piece
        self._sent += len(piece)

    def read(self) -> bytes:
        """The next of the content; empty once more has to be sent."""
        content = b""
        while not content and (self._waiting or self._file.unconsumed_tail):
            if self._file.eof:
                self._next_member()
            content = self._unpack()
        self._grown += len(content)
        if self._grown > FREE and self._grown > MAX_RATIO * self._sent:
            raise TooLarge("gzip-ratio", f"A byte in gzip becomes up to {MAX_RATIO} bytes here.")
        return content

    def end(self) -> None:
        """Pass where nothing is missing at the end."""
        if not self._file.eof:
            raise _malformed("The body ends before its compressed content does.")

    def _unpack(self) -> bytes:
        given = self._file.unconsumed_tail + self._waiting
        self._waiting = b""
        try:
            content = self._file.decompress(given, PIECE)
        except zlib.error:
            raise _malformed("The body is not in gzip.") from None
        if self._file.eof:
            self._waiting = self._file.unused_data
        return content

    def _next_member(self) -> None:
        self._members += 1
        if self._members > MAX_MEMBERS:
            raise _malformed(f"The body has more than {MAX_MEMBERS} members.")
        self._file = zlib.decompressobj(_GZIP)


def _malformed(detail: str) -> Invalid:
    error = FieldError("", "gzip-malformed", detail)
    return Invalid("gzip-malformed", "The compressed body cannot be read.", [error])
