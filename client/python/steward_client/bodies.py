"""Request bodies, which may be longer than memory and are sent again where that is possible."""

import json
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Mapping
from typing import Any, TypeAlias, TypeVar

T = TypeVar("T")

# Lines of NDJSON: values, or bytes of a line as it is. A file opened in binary mode is an iterable of those.
Lines: TypeAlias = Iterable[T | bytes] | AsyncIterable[T | bytes] | bytes
Text: TypeAlias = Iterable[bytes] | AsyncIterable[bytes] | bytes  # such as CSV, in chunks or lines

Sent: TypeAlias = bytes | AsyncIterator[bytes] | None
CHUNK = 1 << 16  # bytes sent at once


def encoded(value: Any) -> bytes:
    """A value as JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


class Body:
    """The body of one call, for each of its attempts."""

    def __init__(self, content: Text | Lines[Mapping[str, Any]] | None) -> None:
        """Of `content`: nothing, bytes, or chunks and lines that are sent while they are read."""
        self._content = content
        self._rewind = _rewind(content)
        self._begun = False

    def attempt(self) -> Sent:
        """What is sent in the next attempt. Ask `again` before a second one."""
        if self._begun and self._rewind is not None:
            self._rewind()
        self._begun = True
        if self._content is None or isinstance(self._content, bytes):
            return self._content
        return _chunks(self._content)

    @property
    def again(self) -> bool:
        """Whether everything can be sent once more: a generator gives its lines only once."""
        return self._rewind is not None


def _rewind(content: Any) -> Callable[[], object] | None:
    """What makes `content` ready to be read from its beginning; None where that is impossible."""
    if content is None or isinstance(content, bytes):
        return _nothing
    if callable(getattr(content, "seek", None)) and content.seekable():
        start = content.tell()
        return lambda: content.seek(start)
    once = aiter(content) is content if isinstance(content, AsyncIterable) else iter(content) is content
    return None if once else _nothing


def _nothing() -> None:
    """Nothing has to be done."""


async def _chunks(content: Iterable[Any] | AsyncIterable[Any]) -> AsyncIterator[bytes]:
    """Bytes of about `CHUNK`, so that a short line is no packet of its own."""
    found = bytearray()
    if isinstance(content, AsyncIterable):
        async for item in content:
            found += _line(item)
            if len(found) >= CHUNK:
                yield bytes(found)
                found.clear()
    else:
        for item in content:
            found += _line(item)
            if len(found) >= CHUNK:
                yield bytes(found)
                found.clear()
    if found:
        yield bytes(found)


def _line(item: Any) -> bytes:
    return item if isinstance(item, bytes) else encoded(item) + b"\n"
