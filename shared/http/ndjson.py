"""Line-delimited bodies, read as they come in: memory stays bounded whatever their length."""

from collections.abc import AsyncIterator

from starlette.requests import Request

from shared.errors import TooLarge

MAX_LINE = 64 * 1024


async def lines(request: Request) -> AsyncIterator[tuple[int, bytes]]:
    """The non-empty lines of a body with their numbers from 1. Raises TooLarge `line-too-long`."""
    rest = b""
    number = 0
    async for chunk in request.stream():
        parts = (rest + chunk).split(b"\n")
        rest = parts.pop()
        if len(rest) > MAX_LINE:
            raise _too_long(number + len(parts) + 1)
        for line in parts:
            number += 1
            if len(line) > MAX_LINE:
                raise _too_long(number)
            if line.strip():
                yield number, line
    if rest.strip():
        yield number + 1, rest


def _too_long(number: int) -> TooLarge:
    return TooLarge("line-too-long", f"Line {number} is longer than {MAX_LINE} bytes.")
