"""What runs beside the requests ends, also when a cancellation was lost on the way."""

import asyncio

import pytest

from shared import ending


async def test_a_task_that_lost_a_cancellation_ends_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ending, "AGAIN_SECONDS", 0.01)
    lost = 0

    async def looking() -> None:
        nonlocal lost
        while True:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                lost += 1
                if lost == 3:
                    raise

    async def failing() -> None:
        raise ValueError

    tasks = [asyncio.create_task(looking()), asyncio.create_task(failing())]
    await asyncio.sleep(0)
    await asyncio.wait_for(ending.end(tasks), 5)
    assert lost == 3
    assert all(task.done() for task in tasks)


async def test_nothing_to_end_ends_at_once() -> None:
    await asyncio.wait_for(ending.end([]), 5)
