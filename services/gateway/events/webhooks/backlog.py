"""What of a subscription is fetched and not yet delivered: held of its consumer, or set aside in the broker."""

import time
from collections.abc import Iterator

import msgspec
from nats.aio.msg import Msg

from services.gateway.events.thin_events import Candidate, Thin, ordered_with
from services.gateway.events.webhooks.consumer import UNDER_WAY
from services.gateway.events.webhooks.lanes import Lanes
from services.gateway.events.webhooks.retries import Schedule
from services.gateway.events.webhooks.set_aside import MOST, PEOPLE, Record, SetAside
from services.gateway.events.webhooks.stuck import stuck

FRESH = 1.0  # seconds for which it holds what an owner may be shown
ROOM_AGAIN = 0.9  # of what may be set aside: from there on a webhook that was held up goes on


class Fetched(msgspec.Struct, frozen=True):
    """An event as it came; with its record where it was set aside."""

    data: bytes
    record: Record | None = None


class Waiting:
    """An event that is not yet delivered."""

    def __init__(self, found: Candidate, event: Thin, record: Record | None) -> None:
        self.event_id: str = event["id"]
        self.type: str = event["type"]
        self.keys = ordered_with(found, event) or [self.type]  # the people whom it is about, else its type
        self.content: tuple[Candidate, Thin] | None = (found, event)
        self.failing_since = record.failing_since if record else None
        self.failures = int(self.failing_since is not None)
        self.silent = record is None
        self.next_at = 0.0
        self.under_way = False
        self.judged_at = time.monotonic()

    @property
    def is_fresh(self) -> bool:
        """Whether the owner was allowed the event just now; it may have waited for hours behind another one."""
        return self.content is not None and time.monotonic() < self.judged_at + FRESH


class Backlog:
    """The events of one worker, by place in the feed."""

    def __init__(self, stored: SetAside, schedule: Schedule) -> None:
        self.stored = stored
        self.taken_at = 0.0  # when the receiver last took an event, in seconds of Unix time
        self._schedule = schedule
        self._probes, self._probed_at = 0, 0.0
        self.held: dict[int, Msg] = {}  # fetched and not acknowledged
        self.waiting: dict[int, Waiting] = {}
        self.is_held_up = (
            False  # nothing else can come: all that is held is stuck, and there is no room aside
        )
        self._aside: set[int] = set()
        self._people = 0  # whom the events set aside are in order with
        self._lanes = Lanes()

    @property
    def room(self) -> int:
        """How many more may be fetched."""
        return UNDER_WAY - len(self.held)

    @property
    def has_room_again(self) -> bool:
        """Whether so much was taken of what is set aside that others may be."""
        return self.room > 0 and self._filled <= ROOM_AGAIN

    @property
    def _filled(self) -> float:
        return max(len(self._aside) / MOST, self._people / PEOPLE)

    def first(self) -> Iterator[tuple[int, Waiting]]:
        """The events that wait for none before them, oldest first."""
        return ((place, self.waiting[place]) for place in self._lanes.first())

    def is_aside(self, place: int) -> bool:
        """Whether an event is set aside."""
        return place in self._aside

    def add(self, place: int, waiting: Waiting, *, aside: bool) -> None:
        """An event, newer than all that wait."""
        self.waiting[place] = waiting
        self._lanes.add(place, waiting.keys)
        if aside:
            self._count(place)

    async def hold(self, place: int, message: Msg) -> None:
        """A message came; of an event that is set aside already its acknowledgement had not reached the broker."""
        if place in self._aside:
            await message.ack()
        else:
            self.held[place] = message

    async def done(self, place: int) -> None:
        """An event waits no more. Raises NatsError."""
        waiting = self.waiting.pop(place)
        self._lanes.remove(place)
        if place in self._aside:
            self._aside.discard(place)
            self._people -= len(waiting.keys)
            await self.stored.forget(place)
        await self.acknowledge(place)

    async def acknowledge(self, place: int) -> None:
        """The consumer need not bring an event again. Raises NatsError."""
        if (message := self.held.pop(place, None)) is not None:
            await message.ack()

    async def make_room(self, now: float) -> int:
        """Set aside what is held and stuck, but for what is being delivered; how many events. Raises NatsError."""
        found = self._stuck(probing=False)
        if not found and self._probes_now(now):
            found = self._stuck(probing=True)
        is_all, done = len(found) == len(self.held), 0
        for place in found:
            if place in self.waiting and not self.waiting[place].under_way:
                if not await self._set_aside(place):
                    self.is_held_up = is_all and not done
                    return done
                done += 1
        self.is_held_up = False
        return done

    async def drop(self, place: int, fetched: Fetched) -> None:
        """An event is none for the owner. Raises NatsError."""
        if fetched.record is not None:
            await self.stored.forget(place)
        await self.acknowledge(place)

    async def failed_first(self, place: int) -> None:
        """Store since when an event fails that was set aside before it was tried. Raises NatsError."""
        if place in self._aside:
            await self._store(place)

    def _stuck(self, *, probing: bool) -> list[int]:
        places = stuck(self.waiting.items(), self.taken_at, probing=probing)
        return [place for place in places if place in self.held]

    def _probes_now(self, now: float) -> bool:
        """Whether to find out if the receiver takes others, once all that is held was tried and it was silent.

        The pauses between grow: where it is away for hours, little of what comes is set aside.
        """
        if self.taken_at > self._probed_at:
            self._probes = 0
        longest, first = self._schedule.longest, self._schedule.first
        if self._probes and now < self._probed_at + min(longest, first * 2.0 ** min(self._probes, 40)):
            return False
        if any(waiting.failing_since is None for _, waiting in self.first()):
            return False
        self._probes, self._probed_at = self._probes + 1, now
        return True

    async def _set_aside(self, place: int) -> bool:
        if self._filled >= 1 or not await self._store(place):
            return False
        if place in self.waiting:
            self._count(place)
            await self.acknowledge(place)
        else:  # it was delivered meanwhile
            await self.stored.forget(place)
        return True

    def _count(self, place: int) -> None:
        waiting = self.waiting[place]
        waiting.content = None  # it is read again when it is its turn
        self._aside.add(place)
        self._people += len(waiting.keys)

    async def _store(self, place: int) -> bool:
        waiting = self.waiting[place]
        return await self.stored.store(place, Record(waiting.event_id, waiting.failing_since))

    async def give_back(self) -> None:
        """Let the next process have what is held at once. Raises NatsError."""
        for place in sorted(self.held):
            await self.held[place].nak()
