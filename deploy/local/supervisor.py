"""Starts again what dies, later each time it dies soon after its start."""

import asyncio
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field
from typing import Protocol

from deploy.local.processes import StartError

FIRST_DELAY = 0.5
LONGEST_DELAY = 30.0
LOOK_SECONDS = 0.1  # how soon a death is seen: one look at all children costs less than one task for each
STEADY_SECONDS = 60.0  # who ran this long before dying starts again at once


class Child(Protocol):
    """What can be watched."""

    @property
    def pid(self) -> int | None:
        """Process number, None when it does not run."""

    def start(self) -> None:
        """Start and wait until it is ready."""


@dataclass
class Health:
    """How one child has fared."""

    started: float = field(default_factory=time.monotonic)
    delay: float = FIRST_DELAY
    restarts: int = 0


class Supervisor:
    """Watches children until cancelled. `paused` names those that somebody holds down on purpose."""

    def __init__(self, children: Mapping[str, Child], say: Callable[[str], None], threads: Executor) -> None:
        """Watch running `children`, reporting each restart with `say`; starts block in `threads`."""
        self._threads = threads
        self._children = children
        self._say = say
        self.health = {name: Health() for name in children}
        self.paused: set[str] = set()

    async def watch(self) -> None:
        """Restart whatever dies, each on its own, so that one that cannot start holds up no other."""
        restarts: dict[str, asyncio.Task[None]] = {}
        async with asyncio.TaskGroup() as group:
            while True:
                await asyncio.sleep(LOOK_SECONDS)
                for name, child in self._children.items():
                    if name in self.paused or child.pid is not None:
                        continue
                    if name not in restarts or restarts[name].done():
                        restarts[name] = group.create_task(self._restart(name, child))

    async def _restart(self, name: str, child: Child) -> None:
        health = self.health[name]
        if time.monotonic() - health.started > STEADY_SECONDS:
            health.delay = FIRST_DELAY
        self._say(f"{name} died; it starts again in {health.delay:g} s")
        await asyncio.sleep(health.delay)
        health.delay = min(health.delay * 2, LONGEST_DELAY)
        health.restarts += 1
        health.started = time.monotonic()
        try:
            await asyncio.get_running_loop().run_in_executor(self._threads, child.start)
        except (StartError, OSError) as error:
            self._say(f"{name} did not start: {error}")
        else:
            self._say(f"{name} is back")
