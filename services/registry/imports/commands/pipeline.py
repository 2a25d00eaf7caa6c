"""Statements that run while the next lines are read: PostgreSQL and this process each have a core to use."""

import asyncio
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Any, TypeVar

T = TypeVar("T")


class Pipeline:
    """Work on one connection, done one after the other in the order of its start."""

    def __init__(self) -> None:
        self._turn = asyncio.Lock()
        self._tasks: set[asyncio.Task[Any]] = set()

    async def __aenter__(self) -> "Pipeline":
        """Start in the block, await there what its result or its end is needed for."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing is left on the connection when the block ends, however it ends."""
        if kind is not None:
            for task in self._tasks:
                task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=kind is not None)

    def start(self, work: Callable[..., Awaitable[T]], *arguments: Any) -> "asyncio.Task[T]":
        """Start `work` once all that was started before it is done."""
        task = asyncio.create_task(self._next(work, arguments))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _next(self, work: Callable[..., Awaitable[T]], arguments: tuple[Any, ...]) -> T:
        async with self._turn:
            return await work(*arguments)
