"""Timers look after a commit, on another day and at their heartbeat; an idle service leaves the database alone."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
import pytest_asyncio
from sqlalchemy import text

from shared import timers as module
from shared.database.engine import Database
from shared.settings import Settings
from shared.timers import Timers
from tests.servers import wait_for

NEVER = 3600.0  # seconds: a heartbeat that no test waits for
READ = text("select 1")
WRITE = text(
    "insert into poison (consumer, event_id, failures, reason) values ('c', gen_random_uuid(), 1, 'r')"
)


class Looks:
    """A task that counts its looks; `does` is what each of them runs."""

    def __init__(self, does=READ) -> None:
        self.count, self.does, self.handled, self.last = 0, does, 0, time.monotonic()

    async def __call__(self, session) -> int:
        self.count += 1
        self.last = time.monotonic()
        await session.execute(self.does)
        return self.handled

    __name__ = "looks"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def database(service_database: Callable[[str], str]) -> AsyncIterator[Database]:
    opened = Database(Settings(service="planning", database_url=service_database("planning")))
    yield opened
    await opened.close()


@asynccontextmanager
async def running(database: Database, *timed: Timers) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(one.run(database)) for one in timed]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    assert not database.committed, "a timer that ended is still called"


def timed(task: Looks, seconds: float = 0.01, **options) -> Timers:
    made = Timers("planning")
    made.timers.clear()
    made.every(seconds, **{"heartbeat": NEVER, **options})(task)
    return made


async def settled(looks: Looks) -> int:
    """How often it has looked, once it has not done so for many times its pause."""
    await wait_for(lambda: looks.count and time.monotonic() - looks.last > 0.3)
    return looks.count


async def test_a_timer_looks_at_its_start_and_after_each_commit_alone(database):
    looks = Looks()
    async with running(database, timed(looks)):
        assert await settled(looks) == 1
        async with database.session() as session:
            await session.execute(WRITE)
        await wait_for(lambda: looks.count == 2, 2)
        async with database.transaction() as connection:
            await connection.execute(str(WRITE))
        await wait_for(lambda: looks.count == 3, 2)
        async with database.reading() as session:
            await session.execute(READ)
        assert await settled(looks) == 3


async def test_looks_that_find_nothing_wake_nobody(database):
    one, other = Looks(), Looks()
    both = timed(one)
    both.every(0.01, heartbeat=0.05)(other)
    async with running(database, both):
        await wait_for(lambda: other.count >= 5)
        assert one.count == 1


async def test_what_a_timer_writes_wakes_the_others_and_itself(database):
    one, writer = Looks(), Looks(WRITE)
    both = timed(one)
    both.every(0.01, heartbeat=NEVER)(writer)
    async with running(database, both):
        await wait_for(lambda: one.count >= 3 and writer.count >= 3)
        writer.does = READ
        await settled(writer)


async def test_a_commit_during_a_look_is_looked_at(database):
    class Slow(Looks):
        async def __call__(self, session) -> int:
            handled = await super().__call__(session)
            if self.count == 1:
                began.set()
                await ended.wait()
            return handled

    began, ended, looks = asyncio.Event(), asyncio.Event(), Slow()
    async with running(database, timed(looks)):
        await began.wait()
        async with database.session() as session:
            await session.execute(WRITE)
        ended.set()
        await wait_for(lambda: looks.count == 2, 2)


async def test_work_that_is_left_is_done_at_once(database):
    looks = Looks()
    looks.handled = 1
    async with running(database, timed(looks, seconds=NEVER)):
        await wait_for(lambda: looks.count >= 3)
        looks.handled = 0
        await settled(looks)


async def test_commits_in_a_row_are_looked_at_together(database):
    looks = Looks()
    async with running(database, timed(looks, seconds=0.5)):
        await settled(looks)
        for _ in range(20):
            async with database.session() as session:
                await session.execute(WRITE)
        assert looks.count <= 3
        await wait_for(lambda: looks.count >= 2)


async def test_the_moved_clock_wakes_timers(database, clock):
    looks = Looks()
    async with running(database, timed(looks)):
        await settled(looks)
        clock.forward(days=30)
        await wait_for(lambda: looks.count == 2, 2)
        clock.reset()
        await wait_for(lambda: looks.count == 3, 2)


async def test_the_heartbeat_finds_what_nobody_told_of(database):
    looks = Looks()
    async with running(database, timed(looks, heartbeat=0.2)):
        await wait_for(lambda: looks.count >= 3)


async def test_what_is_due_later_is_looked_at_then(database):
    async def until(_) -> float | None:
        return 0.2 if looks.count == 1 else None

    looks = Looks()
    async with running(database, timed(looks, until=until)):
        await wait_for(lambda: looks.count == 2, 2)
        assert await settled(looks) == 2


async def test_a_failed_look_is_repeated_without_a_commit(database, caplog: pytest.LogCaptureFixture):
    looks = Looks(text("select 1 / 0"))
    async with running(database, timed(looks)):
        await wait_for(lambda: looks.count >= 3)
        looks.does = READ
        await settled(looks)
    assert "timer planning-looks failed" in caplog.text


async def test_what_takes_long_and_fails_of_itself_rests_ten_times_as_long(database):
    starts: list[float] = []

    async def fails(session) -> int:
        starts.append(time.monotonic())
        await session.execute(text("select pg_sleep(0.05)"))
        raise LookupError

    async with running(database, timed(fails)):
        await wait_for(lambda: len(starts) == 2)
    assert starts[1] - starts[0] >= 0.5


async def test_a_commit_while_another_replica_looks_is_not_forgotten(database, monkeypatch):
    """The other one may have begun before the commit; its own timers are not woken by it."""
    looks, tries, once = Looks(), [], module._once

    async def tried(*arguments):
        found = await once(*arguments)
        tries.append(found)
        return found

    monkeypatch.setattr(module, "_once", tried)
    async with database.reading() as session:
        await session.scalar(module._alone("planning-looks"))
        async with running(database, timed(looks)):
            await wait_for(lambda: len(tries) >= 3)
            assert looks.count == 0
            await session.rollback()
            await wait_for(lambda: looks.count == 1, 2)
