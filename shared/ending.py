"""Ending what runs beside the requests."""

import asyncio
from collections.abc import Collection

AGAIN_SECONDS = 1.0


async def end(tasks: Collection["asyncio.Task[None]"]) -> None:
    """Cancel tasks and wait for them, whatever they end with.

    Once more every second: `asyncio.wait_for` of Python 3.11 may lose a cancellation that comes when
    what it waits for is just done, and a service that looks for its broker would go on for ever.
    """
    waiting = set(tasks)
    while waiting:
        for task in waiting:
            task.cancel()
        _, waiting = await asyncio.wait(waiting, timeout=AGAIN_SECONDS)
    await asyncio.gather(*tasks, return_exceptions=True)  # an error of theirs was logged where it happened
