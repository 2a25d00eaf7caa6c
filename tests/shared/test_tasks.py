"""What runs beside the requests ends, also when a cancellation was lost on the way."""

import asyncio

import pytest

from shared import tasks as ending


class Deaf:
    """Work that loses two cancellations and heeds the third."""

    lost = 0

    async def look(self) -> None:
        while True:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                self.lost += 1
                if self.lost == 3:
                    raise


async def failing() -> None:
    raise ValueError("it fails")


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ending, "AGAIN_SECONDS", 0.01)


async def test_a_task_that_lost_a_cancellation_ends_all_the_same() -> None:
    deaf = Deaf()
    tasks = [asyncio.create_task(deaf.look()), asyncio.create_task(failing())]
    await asyncio.sleep(0)
    await asyncio.wait_for(ending.end(tasks), 5)
    assert deaf.lost == 3
    assert all(task.done() for task in tasks)


async def test_so_does_one_among_many_that_are_one_task() -> None:
    deaf = Deaf()
    task = asyncio.create_task(ending.together(deaf.look(), asyncio.Event().wait()))  # type: ignore[arg-type]
    await asyncio.sleep(0.01)
    await asyncio.wait_for(ending.end([task]), 5)
    assert deaf.lost == 3
    assert task.cancelled()


async def test_what_fails_ends_what_runs_beside_it() -> None:
    deaf = Deaf()
    with pytest.raises(ValueError, match="it fails"):
        await asyncio.wait_for(ending.together(deaf.look(), failing()), 5)
    assert deaf.lost == 3


async def test_nothing_to_end_ends_at_once() -> None:
    await asyncio.wait_for(ending.end([]), 5)
