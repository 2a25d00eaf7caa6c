"""Work that time or a commit sets off: due dates, period ends, published figures, housekeeping.

A timer looks when something may have changed: after a commit of its own process, when the day of domain
time changes, and where neither was seen, at its heartbeat. Looking twice a second whether anything had
happened or not was most of the processor time of an idle instance.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date, timedelta

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from shared import clock
from shared.database import tables
from shared.database.engine import Database
from shared.tasks import together
from shared.telemetry.logs import place

log = logging.getLogger("steward.timers")
Task = Callable[[AsyncSession], Awaitable[int]]
Until = Callable[[AsyncSession], Awaitable[float | None]]

# What is found by this alone: what another program changed, such as `steward rebuild`, and what a replica
# committed that died before its own timers looked. Nobody waits for either, but should not for long. A look
# costs about 2 ms of processor time: the fifteen timers of an instance take 0.006 of a processor.
HEARTBEAT = 5.0
GATHER_SECONDS = 0.05  # from a commit to the look: answer and events go first, and more may be committed
CLOCK_SECONDS = 0.2  # how soon a clock that was moved, or midnight, is seen; a look at it takes microseconds
HOUR = 3600.0
# What failed of itself is tried again after so many times what it took: a release of a country that fails at
# its end has read everybody, and must not do that all the time.
AGAIN = 10
LONGEST = 600.0  # seconds until then, whatever it took

SEED = 7  # of the locks of timers, one for each name


@dataclass(frozen=True, slots=True)
class Timer:
    """A task, and when it is run: at most once in `seconds`, at least once in `heartbeat`; both real seconds."""

    name: str
    seconds: float
    task: Task
    heartbeat: float = HEARTBEAT
    until: Until | None = None
    changed: asyncio.Event = field(default_factory=asyncio.Event)


class Timers:
    """The timed work of one service. A task asks `shared.clock` what is due, so time can be moved."""

    def __init__(self, service: str) -> None:
        self.service = service
        # Rows grow old by the day and no commit makes them older: once an hour keeps each deletion small.
        self.timers: list[Timer] = [Timer(f"{service}-housekeeping", HOUR, housekeeping, HOUR)]

    def every(
        self, seconds: float, *, heartbeat: float = HEARTBEAT, until: Until | None = None
    ) -> Callable[[Task], Task]:
        """Run the task in one transaction, on one replica; again at once while it returns rows handled.

        It runs when this process committed something or the day changed, then not again for `seconds`.
        Otherwise after `heartbeat`, or after the seconds that `until` returns where something is to be
        done later without a further commit. Another replica's commit wakes the timers of that replica.
        """

        def register(task: Task) -> Task:
            name = f"{self.service}-{task.__name__}"
            self.timers.append(Timer(name, seconds, task, heartbeat, until))
            return task

        return register

    async def run(self, database: Database, *further: Timer) -> None:
        """Run every timer until cancelled, and the `further` ones of this process."""
        registered = (*self.timers, *further)
        timers = [Timer(one.name, one.seconds, one.task, one.heartbeat, one.until) for one in registered]

        def wake() -> None:
            for timer in timers:
                timer.changed.set()

        database.committed.append(wake)
        try:
            await together(_follow_clock(wake), *(_repeat(database, timer) for timer in timers))
        finally:
            database.committed.remove(wake)


async def _follow_clock(wake: Callable[[], None]) -> None:
    """Wake the timers when it is another day, be it that midnight came or that the clock was moved."""
    known = _day()
    while True:
        await asyncio.sleep(CLOCK_SECONDS)
        if (day := _day()) != known:
            known = day
            wake()


def _day() -> date | None:
    """The day of domain time; None while the file of the movable clock cannot be read."""
    try:
        return clock.today()
    except (OSError, ValueError):
        return None


async def _repeat(database: Database, timer: Timer) -> None:
    while True:
        timer.changed.clear()  # before the look: what is committed from here on may not be in it
        began = time.monotonic()
        later = await _look(database, timer)
        pause = timer.seconds
        if later is None:
            pause = max(pause, min(LONGEST, AGAIN * (time.monotonic() - began)))
        await asyncio.sleep(pause)
        rest = 0 if later is None else later - pause
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(max(rest, 0)):
                await timer.changed.wait()
                await asyncio.sleep(GATHER_SECONDS)


async def _look(database: Database, timer: Timer) -> float | None:
    """Do what there is to do; returns after how many seconds to look again if nothing is committed.

    None where the task failed of itself.
    """
    try:
        while True:
            handled, rest = await _once(database, timer)
            if not handled:
                return rest
    except (SQLAlchemyError, OSError, TimeoutError) as error:
        log.warning("timer %s failed (%s)", timer.name, type(error).__name__)
        return timer.seconds  # the database was away, which may have taken its time
    except Exception as error:
        log.error("timer %s failed: %s at %s", timer.name, type(error).__name__, place(error))
    return None


def _alone(name: str) -> sa.Select[tuple[bool]]:
    """Take a timer's lock until the transaction ends; false where another replica has it."""
    return sa.select(
        sa.func.pg_try_advisory_xact_lock(sa.func.hashtextextended(name, SEED), type_=sa.Boolean)
    )


async def _once(database: Database, timer: Timer) -> tuple[int, float]:
    async with database.looking() as session:
        if not await session.scalar(_alone(timer.name)):
            return 0, timer.seconds  # another replica looks, and began perhaps before our commit
        handled = await timer.task(session)
        later = await timer.until(session) if timer.until else None
        return handled, timer.heartbeat if later is None else min(later, timer.heartbeat)


_USEFUL = [
    (tables.outbox.c.sent_at, 7),
    (tables.idempotency.c.created_at, 7),
    (tables.inbox.c.received_at, 30),
    (tables.replay.c.replayed_at, 90),
]


async def housekeeping(session: AsyncSession) -> int:
    """Drop what is older than its use: sent events 7 days, keys 7 days, inbox 30 days, replays 90 days.

    A stream's tail that a power cut lost is replayed from the sent events; an event older than
    the inbox's rows is older than any redelivery. Returns 0: there is no second round.
    """
    for since, days in _USEFUL:
        aged = since < sa.func.now() - timedelta(days=days)
        await session.execute(sa.delete(since.table).where(aged))
    return 0
