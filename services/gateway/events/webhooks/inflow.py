"""What comes to be delivered: events of the feed, and what was set aside, in one order."""

import asyncio
import time
from collections.abc import Mapping
from contextlib import suppress

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js.api import ConsumerInfo

from services.gateway.events.thin_events import Candidate, candidate
from services.gateway.events.webhooks.attempts import Report, Tools, judged
from services.gateway.events.webhooks.backlog import Backlog, Fetched, Waiting
from services.gateway.events.webhooks.consumer import UNDER_WAY, Fetching, place
from services.gateway.events.webhooks.records import Subscription
from services.gateway.events.webhooks.set_aside import Record
from shared import clock
from shared.errors import Problem

AGAIN = 2.0  # seconds until registry is asked again
IDLE = 5.0  # seconds of one request for events


class Inflow:
    """Fills the backlog of one subscription. `moved` is set when something came."""

    def __init__(
        self,
        client: Client,
        subscription: Subscription,
        tools: Tools,
        report: Report,
        backlog: Backlog,
        moved: asyncio.Event,
    ) -> None:
        self._subscription = subscription
        self._tools = tools
        self._report = report
        self._backlog = backlog
        self._fetching = Fetching(client, subscription)
        self._moved = moved
        self.freed = asyncio.Event()  # something ended, there may be room
        self._is_held_up = subscription.held_up_since is not None

    async def close(self) -> None:
        """Fetch no more, and let the next process have what is held at once. Raises NatsError."""
        await self._fetching.close()
        await self._backlog.give_back()

    async def take_over(self, info: ConsumerInfo) -> None:
        """First get all events that the process before had fetched and not delivered.

        They come again once their time is over. One that came later must not overtake them, nor what was set
        aside, which lies between them.
        """
        records = await self._backlog.stored.every()
        found = await self._under_way(info)
        for seq in found.keys() & records.keys():  # it was about to be acknowledged
            await self._backlog.acknowledge(seq)
        places = sorted(found.keys() | records.keys())
        for start in range(0, len(places), UNDER_WAY):
            part = places[start : start + UNDER_WAY]
            held = {seq: Fetched(found[seq].data) for seq in part if seq not in records}
            aside = await self._set_aside({seq: records[seq] for seq in part if seq in records})
            await self._accept(held | aside)

    async def _under_way(self, info: ConsumerInfo) -> dict[int, Msg]:
        last = (info.delivered.stream_seq if info.delivered else 0) or 0
        count, latest = info.num_ack_pending or 0, time.monotonic() + 2 * self._tools.schedule.ack_wait
        found: dict[int, Msg] = {}
        while sum(seq <= last for seq in found) < count and time.monotonic() < latest:
            for message in await self._fetching.next(UNDER_WAY, 1.0):
                found[place(message)] = self._backlog.held[place(message)] = message
        return found

    async def _set_aside(self, records: dict[int, Record]) -> dict[int, Fetched]:
        """Events that were set aside, but those that are not in the feed any more: they wait no more."""
        bodies = await self._backlog.stored.events(records)
        for seq in records.keys() - bodies.keys():
            await self._backlog.stored.forget(seq)
        return {seq: Fetched(body, records[seq]) for seq, body in bodies.items()}

    async def fetch(self) -> None:
        """Fetch as long as there is room, until cancelled. Raises NatsError, Unavailable `broker-away`."""
        while True:
            self.freed.clear()
            if self._is_held_up and self._backlog.has_room_again:
                self._is_held_up = False
                await self._report.goes_on(self._subscription)
            if room := self._backlog.room:
                messages = {place(each): each for each in await self._fetching.next(room, IDLE)}
                for seq, message in messages.items():
                    await self._backlog.hold(seq, message)
                await self._accept({seq: Fetched(each.data) for seq, each in messages.items()})
            elif not await self._make_room():
                await happens(self.freed, IDLE)

    async def _make_room(self) -> bool:
        """Set aside what holds up the others; whether there is room then."""
        now = time.time()  # lint: retries run in real time
        done = await self._backlog.make_room(now)
        if self._backlog.is_held_up:
            self._is_held_up = True
            await self._report.held_up(self._subscription)
        return done > 0

    async def hold(self) -> None:
        """Say of all that is held that it is not lost: it would come again."""
        while True:
            await asyncio.sleep(self._tools.schedule.ack_wait / 3)
            for message in list(self._backlog.held.values()):
                await message.in_progress()

    async def _accept(self, fetched: Mapping[int, Fetched]) -> None:
        """Let events wait for their delivery; what the owner may not know of is done with."""
        new = {seq: each for seq, each in sorted(fetched.items()) if seq not in self._backlog.waiting}
        found = {seq: candidate(seq, each.data, clock.day_of) for seq, each in new.items()}
        known = [one for one in found.values() if one is not None and self._wants(one)]
        while True:
            try:
                events = await judged(self._tools, self._subscription, known)
                break
            except Problem:
                await asyncio.sleep(AGAIN)
        shown = {one.seq: (one, event) for one, event in zip(known, events, strict=True) if event is not None}
        for seq, each in new.items():
            if seq in shown:
                self._backlog.add(seq, Waiting(*shown[seq], each.record), aside=each.record is not None)
            else:
                await self._backlog.drop(seq, each)
        self._moved.set()

    def _wants(self, found: Candidate) -> bool:
        """Whether the owner asks for such events: what waited may be of before they asked for other types."""
        types = self._subscription.types
        return not types or found.envelope.type in types


async def happens(event: asyncio.Event, seconds: float) -> None:
    """Wait for an event, at most so long."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
