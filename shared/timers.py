"""Work that time sets off: due dates, period ends, housekeeping."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from shared.database import Database
from shared.ending import together
from shared.http.problems import place

log = logging.getLogger("steward.timers")
Task = Callable[[AsyncSession], Awaitable[int]]

_LOCK = text("select pg_try_advisory_xact_lock(hashtextextended(:name, 7))")


@dataclass(frozen=True, slots=True)
class Timer:
    """A task and how many real seconds lie between two looks at the clock."""

    name: str
    seconds: float
    task: Task


class Timers:
    """The timed work of one service. A task asks `shared.clock` what is due, so time can be moved."""

    def __init__(self, service: str) -> None:
        """Start with housekeeping alone."""
        self.service = service
        self.timers: list[Timer] = [Timer(f"{service}-housekeeping", 3600, housekeeping)]

    def every(self, seconds: float) -> Callable[[Task], Task]:
        """Run the task in one transaction, on one replica; again at once while it returns rows handled."""

        def register(task: Task) -> Task:
            self.timers.append(Timer(f"{self.service}-{task.__name__}", seconds, task))
            return task

        return register

    async def run(self, database: Database) -> None:
        """Run every timer until cancelled."""
        await together(*(_repeat(database, timer) for timer in self.timers))


async def _repeat(database: Database, timer: Timer) -> None:
    while True:
        try:
            while await _once(database, timer):
                pass
        except (SQLAlchemyError, OSError, TimeoutError) as error:
            log.warning("timer %s failed (%s)", timer.name, type(error).__name__)
        except Exception as error:
            log.error("timer %s failed: %s at %s", timer.name, type(error).__name__, place(error))
        await asyncio.sleep(timer.seconds)


async def _once(database: Database, timer: Timer) -> int:
    async with database.session() as session:
        if not await session.scalar(_LOCK, {"name": timer.name}):
            return 0
        return await timer.task(session)


async def housekeeping(session: AsyncSession) -> int:
    """Drop what is older than its use: sent events 7 days, keys 7 days, inbox 30 days.

    A stream's tail that a power cut lost is replayed from the sent events; an event older than
    the inbox's rows is older than any redelivery. Returns 0: there is no second round.
    """
    await session.execute(text("delete from outbox where sent_at < now() - interval '7 days'"))
    await session.execute(text("delete from idempotency where created_at < now() - interval '7 days'"))
    await session.execute(text("delete from inbox where received_at < now() - interval '30 days'"))
    return 0
