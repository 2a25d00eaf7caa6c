"""What local mode keeps in files: the offset of domain time and the development issuer's keys."""

import asyncio
from datetime import timedelta
from pathlib import Path

from shared import clock
from shared.errors import Conflict


async def move_clock(path: Path | None, offset: timedelta) -> None:
    """Set domain time for everybody who follows `path`. Raises Conflict `clock-fixed` without a file."""
    if path is None:
        raise Conflict("clock-fixed", "This stack was started without a movable clock.")
    await asyncio.to_thread(clock.set_offset, path, offset)


async def public_keys(path: Path | None) -> bytes | None:
    """The development issuer's public key set, None where there is none."""
    if path is None or not await asyncio.to_thread(path.exists):
        return None
    return await asyncio.to_thread(path.read_bytes)
