"""Line-delimited bodies, read as they come in: memory stays bounded whatever their length."""

from codecs import BOM_UTF8
from collections.abc import AsyncIterator

from starlette.requests import Request

from shared.errors import TooLarge

MAX_LINE = 64 * 1024
BATCH = 128 * 1024


async def lines(request: Request) -> AsyncIterator[tuple[int, bytes]]:
    """The non-empty lines of a body with their numbers from 1. Raises TooLarge `line-too-long`."""
    async for first, batch in batches(request, at_least=0):
        for number, line in enumerate(batch, first):
            if line.strip():
                yield number, line


async def batches(request: Request, at_least: int = BATCH) -> AsyncIterator[tuple[int, list[bytes]]]:
    """A body's lines, empty ones too, in lists of at least so many bytes, each with its first line's number.

    For loads of many short lines, where an iterator that is asked for each line costs more than
    reading it. Raises TooLarge `line-too-long`.
    """
    async for first, found in split(request.stream(), at_least):
        yield first, found


async def split(
    pieces: AsyncIterator[bytes], at_least: int = BATCH
) -> AsyncIterator[tuple[int, list[bytes]]]:
    """The same of any bytes that come in pieces. Raises TooLarge `line-too-long`."""
    pending: list[bytes] = []
    size, number = 0, 1
    async for chunk in pieces:
        pending.append(chunk)
        size += len(chunk)
        if size < at_least:
            continue
        found = b"".join(pending).split(b"\n")
        _check(number, found)
        pending = [found.pop()]
        size = 0
        if found:
            yield number, _unmarked(number, found)
            number += len(found)
    found = b"".join(pending).split(b"\n")
    _check(number, found)
    yield number, _unmarked(number, found)


def _unmarked(first: int, found: list[bytes]) -> list[bytes]:
    """The lines without the byte order mark that some editors and exports put before the first one."""
    return [found[0].removeprefix(BOM_UTF8), *found[1:]] if first == 1 and found[0][:3] == BOM_UTF8 else found


def _check(first: int, found: list[bytes]) -> None:
    if max(map(len, found)) > MAX_LINE:
        number = next(number for number, line in enumerate(found, first) if len(line) > MAX_LINE)
        raise TooLarge("line-too-long", f"Line {number} is longer than {MAX_LINE} bytes.")
