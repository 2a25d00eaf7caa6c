"""What dies starts again, later each time; what cannot start holds up no other."""

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress

import pytest

from deploy.local import supervisor as supervising
from deploy.local.processes import StartError
from deploy.local.supervisor import Supervisor
from tests.servers import wait_for


class Child:
    """Something that can die; `broken` keeps it from starting."""

    def __init__(self, broken: bool = False) -> None:
        self.pid: int | None = 1
        self.broken = broken
        self.starts = 0

    def start(self) -> None:
        self.starts += 1
        if self.broken:
            raise StartError("no")
        self.pid = self.starts + 1


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervising, "FIRST_DELAY", 0.01)
    monkeypatch.setattr(supervising, "LONGEST_DELAY", 0.08)


@asynccontextmanager
async def watching(say: Callable[[str], None], **children: Child) -> AsyncIterator[Supervisor]:
    with ThreadPoolExecutor(2) as threads:
        supervisor = Supervisor(children, say, threads)
        for health in supervisor.health.values():
            health.delay = 0.01
        task = asyncio.create_task(supervisor.watch())
        yield supervisor
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def test_a_dead_child_is_started_again():
    said: list[str] = []
    child = Child()
    async with watching(said.append, planning=child):
        child.pid = None
        await wait_for(lambda: child.pid is not None)
        await wait_for(lambda: said[-1] == "planning is back")
    assert child.starts == 1


async def test_a_child_that_cannot_start_is_tried_later_each_time_and_holds_up_no_other():
    said: list[str] = []
    broken, other = Child(broken=True), Child()
    async with watching(said.append, broken=broken, other=other) as supervisor:
        broken.pid = None
        await wait_for(lambda: broken.starts >= 5)
        assert supervisor.health["broken"].delay == 0.08
        other.pid = None
        await wait_for(lambda: other.pid is not None)
    assert "broken did not start: no" in said


async def test_a_child_held_down_on_purpose_stays_down():
    held, other = Child(), Child()
    async with watching(lambda _: None, held=held, other=other) as supervisor:
        supervisor.paused.add("held")
        held.pid = other.pid = None
        await wait_for(lambda: other.pid is not None)
        assert held.starts == 0
        supervisor.paused.clear()
        await wait_for(lambda: held.pid is not None)
