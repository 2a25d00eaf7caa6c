"""The deliveries of one subscription, by one process at a time."""

import asyncio
import random
import time
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from typing import Any

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError

from services.gateway.events.thin_events import candidate
from services.gateway.events.webhooks import consumer, retries
from services.gateway.events.webhooks.attempts import Report, Tools, Waiting, judged, send
from services.gateway.events.webhooks.consumer import UNDER_WAY, Fetching, place
from services.gateway.events.webhooks.delivery_log import Delivery, log_delivery
from services.gateway.events.webhooks.lanes import Lanes
from services.gateway.events.webhooks.receivers import Answered
from services.gateway.events.webhooks.records import Subscription
from shared import clock
from shared.errors import Problem
from shared.tasks import end

AT_ONCE = 8  # deliveries of one subscription
GONE = 410
AGAIN = 2.0  # seconds until registry is asked again
IDLE = 5.0  # seconds of one request for events


class Worker:
    """Fetches events and delivers them, in order for each person, until it is cancelled."""

    def __init__(self, client: Client, subscription: Subscription, tools: Tools, report: Report) -> None:
        self._client = client
        self._subscription = subscription
        self._tools = tools
        self._report = report
        self._fetching = Fetching(client, subscription)
        self._held: dict[int, Msg] = {}  # fetched and not acknowledged
        self._waiting: dict[int, Waiting] = {}
        self._lanes = Lanes()
        self._resting_until = 0.0
        self._taken_at = 0.0
        self._under_way = 0
        self._chance = random.Random()
        self._moved = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._failure: BaseException | None = None

    async def run(self) -> None:
        """Deliver until cancelled. What was not delivered then is left to the next process at once."""
        try:
            info = await consumer.ensure(self._client, self._subscription, self._tools.schedule.ack_wait)
            last = info.delivered.stream_seq if info.delivered else 0
            self._start(self._hold())
            await self._take_over(info.num_ack_pending or 0, last or 0)
            self._start(self._fetch())
            while True:
                self._moved.clear()
                self._begin()
                with suppress(TimeoutError):
                    async with asyncio.timeout(self._until_next()):
                        await self._moved.wait()
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

    async def _take_over(self, count: int, last: int) -> None:
        """First get all `count` events up to `last` that the process before had fetched and not delivered.

        They come again once their time is over. One that came later must not overtake them.
        """
        latest = time.monotonic() + 2 * self._tools.schedule.ack_wait
        found: dict[int, Msg] = {}
        while sum(seq <= last for seq in found) < count and time.monotonic() < latest:
            for message in await self._fetching.next(UNDER_WAY, 1.0):
                found[place(message)] = self._held[place(message)] = message
        await self._accept([found[seq] for seq in sorted(found)])

    async def _fetch(self) -> None:
        while True:
            room = UNDER_WAY - len(self._held)
            if room:
                await self._accept(await self._fetching.next(room, IDLE))
            else:
                await asyncio.sleep(0.1)

    async def _hold(self) -> None:
        """Say of all that is held that it is not lost: it would come again."""
        while True:
            await asyncio.sleep(self._tools.schedule.ack_wait / 3)
            for message in list(self._held.values()):
                await message.in_progress()

    async def _accept(self, messages: Sequence[Msg]) -> None:
        """Let events wait for their delivery; what the owner may not know of is done with."""
        new = [message for message in messages if place(message) not in self._waiting]
        self._held |= {place(message): message for message in new}
        found = {place(each): candidate(place(each), each.data, clock.day_of) for each in new}
        known = [one for one in found.values() if one is not None]
        while True:
            try:
                events = await judged(self._tools, self._subscription, known)
                break
            except Problem:
                await asyncio.sleep(AGAIN)
        shown = {one.seq: (one, event) for one, event in zip(known, events, strict=True) if event is not None}
        for message in new:
            seq = place(message)
            if seq not in shown:
                await self._end(seq)
                continue
            self._waiting[seq] = waiting = Waiting(message, *shown[seq])
            self._lanes.add(seq, waiting.keys)
        self._moved.set()

    def _begin(self) -> None:
        now = time.time()  # lint: retries run in real time
        if now < self._resting_until:
            return
        for seq in list(self._lanes.first()):
            waiting = self._waiting[seq]
            if self._under_way < AT_ONCE and not waiting.under_way and waiting.next_at <= now:
                waiting.under_way = True
                self._under_way += 1
                self._start(self._attempt(seq, waiting))

    def _until_next(self) -> float:
        """Seconds until something is due."""
        due = [each.next_at for each in self._waiting.values() if not each.under_way and each.failures]
        now = time.time()  # lint: as above
        return max(0.02, min([*due, now + IDLE], default=now) - now, self._resting_until - now)

    async def _attempt(self, seq: int, waiting: Waiting) -> None:
        try:
            if not waiting.is_fresh and not await self._still_shown(waiting):
                await self._done(seq)
                return
            answered = await send(self._tools, self._subscription, waiting.event)
            await self._conclude(seq, waiting, answered)
        except Problem:  # registry or the broker is away: nobody's failure
            waiting.next_at = time.time() + AGAIN  # lint: as above
        finally:
            waiting.under_way = False
            self._under_way -= 1

    async def _still_shown(self, waiting: Waiting) -> bool:
        """Whether the owner may be shown the event still. Raises Unavailable `service-away`."""
        asked_at = time.monotonic()
        (event,) = await judged(self._tools, self._subscription, [waiting.found])
        if event is None:
            return False
        waiting.event, waiting.judged_at = event, asked_at
        return True

    async def _conclude(self, seq: int, waiting: Waiting, answered: Answered) -> None:
        if answered.taken:
            self._taken_at = time.time()  # lint: as above
            await self._done(seq)
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
        if now - waiting.begun_at > schedule.give_up_after and self._taken_at > waiting.begun_at:
            await self._done(seq)  # others are taken: it is this event that is not
            await self._log(waiting, answered, "given-up")
            return
        asked = retries.retry_after(answered.retry_after, now, schedule.longest)
        delay = max(asked, retries.pause(schedule, waiting.failures, self._chance))
        waiting.next_at = now + delay
        if asked:
            self._resting_until = now + asked
        await self._log(waiting, answered, "failed", delay)
        await self._report.failed(self._subscription)

    async def _done(self, seq: int) -> None:
        self._waiting.pop(seq)
        self._lanes.remove(seq)
        await self._end(seq)

    async def _end(self, seq: int) -> None:
        message = self._held.pop(seq)
        await message.ack()

    async def _log(
        self, waiting: Waiting, answered: Answered, outcome: str, delay: float | None = None
    ) -> None:
        entry = Delivery(
            event_id=waiting.event["id"],
            type=waiting.event["type"],
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
        await self._fetching.close()
        with suppress(NatsError):
            for seq in sorted(self._held):
                await self._held[seq].nak()
