"""The deliveries of one subscription, by one process at a time."""

import asyncio
import random
import time
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

from nats.aio.client import Client
from nats.errors import Error as NatsError

from services.gateway.events.thin_events import Candidate, Thin, candidate
from services.gateway.events.webhooks import consumer, retries
from services.gateway.events.webhooks.attempts import Report, Tools, judged, send
from services.gateway.events.webhooks.backlog import Backlog, Waiting
from services.gateway.events.webhooks.delivery_log import Delivery, log_delivery
from services.gateway.events.webhooks.inflow import Inflow, happens
from services.gateway.events.webhooks.receivers import Answered
from services.gateway.events.webhooks.records import Subscription
from services.gateway.events.webhooks.set_aside import SetAside
from services.gateway.events.webhooks.stuck import speaks_of_event
from shared import clock
from shared.errors import Problem
from shared.tasks import end

AT_ONCE, FRESH, RETRIES = 8, 6, 4  # deliveries of one subscription; of untried events and of others at most
GONE = 410
AGAIN = 2.0  # seconds until an event is tried again that registry or the broker held up
LOOK = 5.0  # seconds until it looks again for what is due


class Worker:
    """Fetches events and delivers them, in order for each person, until it is cancelled."""

    def __init__(self, client: Client, subscription: Subscription, tools: Tools, report: Report) -> None:
        self._client = client
        self._subscription = subscription
        self._tools = tools
        self._report = report
        self._moved = asyncio.Event()
        self._backlog = Backlog(SetAside(client, subscription), tools.schedule)
        self._inflow = Inflow(client, subscription, tools, report, self._backlog, self._moved)
        self._resting_until = 0.0
        self._under_way: dict[int, bool] = {}  # whether it is a retry, by place
        self._chance = random.Random()
        self._tasks: set[asyncio.Task[None]] = set()
        self._failure: BaseException | None = None

    async def run(self) -> None:
        """Deliver until cancelled. What was not delivered then is left to the next process at once."""
        try:
            info = await consumer.ensure(self._client, self._subscription, self._tools.schedule.ack_wait)
            self._start(self._inflow.hold())
            await self._inflow.take_over(info)
            self._start(self._inflow.fetch())
            while True:
                self._moved.clear()
                self._begin()
                await happens(self._moved, self._until_next())
                if self._failure is not None:
                    raise self._failure
        finally:
            try:
                await end(self._tasks)
            finally:
                await self._leave()

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something at once; an error of it ends the worker."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (failure := task.exception()) is not None:
            self._failure = failure
        self._moved.set()
        self._inflow.freed.set()

    def _begin(self) -> None:
        now = time.time()  # lint: retries run in real time
        if now < self._resting_until:
            return
        for seq, waiting in list(self._backlog.first()):
            retry = waiting.failures > 0
            if not waiting.under_way and waiting.next_at <= now and self._has_turn(retry=retry):
                waiting.under_way = True
                self._under_way[seq] = retry
                self._start(self._attempt(seq, waiting))

    def _has_turn(self, *, retry: bool) -> bool:
        """Whether one more may begin: retries do not hold up what was not tried yet, nor the other way round."""
        retries_now = sum(self._under_way.values())
        own, most = (retries_now, RETRIES) if retry else (len(self._under_way) - retries_now, FRESH)
        return len(self._under_way) < AT_ONCE and own < most

    def _until_next(self) -> float:
        """Seconds until something is due."""
        due = [
            each.next_at for each in self._backlog.waiting.values() if not each.under_way and each.failures
        ]
        now = time.time()  # lint: as above
        return max(0.02, min([*due, now + LOOK], default=now) - now, self._resting_until - now)

    async def _attempt(self, seq: int, waiting: Waiting) -> None:
        try:
            event = await self._shown(seq, waiting)
            if event is None:
                await self._backlog.done(seq)
                return
            answered = await send(self._tools, self._subscription, event)
            await self._conclude(seq, waiting, answered)
        except Problem:  # registry or the broker is away: nobody's failure
            waiting.next_at = time.time() + AGAIN  # lint: as above
        finally:
            waiting.under_way = False
            del self._under_way[seq]

    async def _shown(self, seq: int, waiting: Waiting) -> Thin | None:
        """The event as the owner may be shown it now, None where not at all. Raises Unavailable."""
        if waiting.content is not None and waiting.is_fresh:
            return waiting.content[1]
        asked_at = time.monotonic()
        found = waiting.content[0] if waiting.content else await self._read(seq, waiting)
        if found is None:
            return None
        (event,) = await judged(self._tools, self._subscription, [found])
        if event is not None and not self._backlog.is_aside(seq):
            waiting.content, waiting.judged_at = (found, event), asked_at
        return event

    async def _read(self, seq: int, waiting: Waiting) -> Candidate | None:
        body = await self._backlog.stored.event(seq, waiting.event_id)
        return candidate(seq, body, clock.day_of) if body is not None else None

    async def _conclude(self, seq: int, waiting: Waiting, answered: Answered) -> None:
        if answered.taken:
            self._backlog.taken_at = time.time()  # lint: as above
            await self._backlog.done(seq)
            await self._log(waiting, answered, "delivered")
            await self._report.taken(self._subscription)
        elif answered.status == GONE:
            await self._log(waiting, answered, "gone")
            await self._report.gone(self._subscription)
        else:
            await self._fail(seq, waiting, answered)

    async def _fail(self, seq: int, waiting: Waiting, answered: Answered) -> None:
        schedule, now = self._tools.schedule, time.time()  # lint: as above
        waiting.failures += 1
        waiting.silent = waiting.silent and not speaks_of_event(answered.status)
        if waiting.failing_since is None:
            waiting.failing_since = now
            await self._backlog.failed_first(seq)
        if (
            now - waiting.failing_since > schedule.give_up_after
            and self._backlog.taken_at > waiting.failing_since
        ):
            await self._backlog.done(seq)  # others are taken: it is this event that is not
            await self._log(waiting, answered, "given-up")
            return
        asked = retries.retry_after(answered.retry_after, now, schedule.longest)
        delay = max(asked, retries.pause(schedule, waiting.failures, self._chance))
        waiting.next_at = now + delay
        if asked:
            self._resting_until = now + asked
        await self._log(waiting, answered, "failed", delay)
        await self._report.failed(self._subscription)

    async def _log(
        self, waiting: Waiting, answered: Answered, outcome: str, delay: float | None = None
    ) -> None:
        entry = Delivery(
            event_id=waiting.event_id,
            type=waiting.type,
            attempt=waiting.failures + (outcome in ("delivered", "gone")),
            outcome=outcome,
            status=answered.status,
            reason=answered.reason,
            milliseconds=answered.milliseconds,
            next_attempt_in=delay,
        )
        await log_delivery(self._client, self._subscription.id, entry)

    async def _leave(self) -> None:
        """Give back what is held, so that it need not time out."""
        with suppress(NatsError):
            await self._inflow.close()
