"""Ending tasks that run in the background of requests."""

import asyncio
from collections.abc import Collection, Coroutine
from typing import Any

AGAIN_SECONDS = 1.0


async def end(tasks: Collection["asyncio.Task[None]"]) -> None:
    """Cancel tasks and wait for them, whatever they end with; cancelled meanwhile, it ends them all the same.

    Once more every second: `asyncio.wait_for` of Python 3.11 may lose a cancellation that comes when
    what it waits for is just done, and a service that looks for its broker would go on for ever.
    """
    waiting, cancelled = set(tasks), False
    while waiting:
        for task in waiting:
            task.cancel()
        try:
            await asyncio.wait(waiting, timeout=AGAIN_SECONDS)
        except asyncio.CancelledError:
            cancelled = True
        waiting = {task for task in waiting if not task.done()}
    await asyncio.gather(*tasks, return_exceptions=True)  # an error of theirs was logged where it happened
    if cancelled:
        raise asyncio.CancelledError


async def together(*work: Coroutine[Any, Any, None]) -> None:
    """Do all of it at once until cancelled, or until one fails; then none goes on.

    Not by `asyncio.TaskGroup`, which cancels what is in it once: under load a consumer that lost its
    cancellation kept its service from ending.
    """
    tasks = [asyncio.create_task(one) for one in work]
    try:
        await asyncio.gather(*tasks)
    finally:
        await end(tasks)
