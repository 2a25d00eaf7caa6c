"""Events as they happen, for streams that stay open."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager

from services.gateway.broker import RETRY_AFTER, Broker, info
from services.gateway.events.cursors import Place
from services.gateway.events.feed import Feed
from services.gateway.events.thin_events import Thin
from shared.auth.event_readers import Reader
from shared.errors import Problem, Unavailable
from shared.messaging.stream_names import FEED

LONGEST = 300.0  # seconds of one stream; who goes on connects again
LOOK = 0.5  # seconds between two looks at the stream's end, one for all that wait
MINUTE = 60.0
PAGE = 100
STREAMS, OF_ONE = 256, 8  # open at once in this process, and of one reader


class Live:
    """Streams that follow the feed; one look at its end serves them all."""

    def __init__(self, feed: Feed, broker: Broker) -> None:
        self._feed = feed
        self._broker = broker
        self._open = Counter[str]()
        self._last = 0
        self._moved = asyncio.Condition()

    async def watch(self) -> None:
        """Look where the stream ends, while anybody waits, until cancelled."""
        while True:
            await asyncio.sleep(LOOK)
            if not self._open:
                continue
            try:
                async with self._broker.asking() as client:
                    stream = await info(client, FEED)
            except Problem:
                continue  # those who wait go on waiting
            if stream is not None and stream.state.last_seq != self._last:
                async with self._moved:
                    self._last = stream.state.last_seq
                    self._moved.notify_all()

    @property
    def streams(self) -> int:
        """How many are open."""
        return self._open.total()

    @contextmanager
    def room(self, reader: Reader) -> Iterator[None]:
        """A place among the open streams. Raises Unavailable `streams-full`: of one reader, or of all.

        Held by the request, not by `following`: a generator whose reader went away ends when Python finds it.
        """
        key = reader.subject_key
        if self._open[key] >= OF_ONE or self._open.total() >= STREAMS:
            raise Unavailable("streams-full", "Too many event streams are open.", headers=RETRY_AFTER)
        self._open[key] += 1
        try:
            yield
        finally:
            self._open[key] -= 1
            self._open += Counter()  # forgets those at nought

    async def following(
        self, place: Place, still: Callable[[], Awaitable[Reader]]
    ) -> AsyncIterator[tuple[Place, Thin | None]]:
        """Events after a place as they come, each with the place after it, and once a minute the place alone.

        That comes whether anything happened or not: it must not tell that something did which is not shown. Ends
        after `LONGEST` seconds, or where `still`, which says who reads by now, or anything else, refuses.
        """
        now = asyncio.get_running_loop().time
        end, named = now() + LONGEST, now()
        while now() < end:
            try:
                read = await self._feed.read(await still(), place, PAGE)
            except Problem:
                return  # the next connection is named why
            for at, event in read.events:
                yield at, event
            place = read.place
            if now() >= named + MINUTE:
                named = now()
                yield place, None
            if read.at_end:
                await self._beyond(place, min(named + MINUTE, end) - now())

    async def _beyond(self, place: Place, seconds: float) -> None:
        """Wait until the stream is longer than `place`, at most so long."""
        try:
            async with asyncio.timeout(seconds), self._moved:
                await self._moved.wait_for(lambda: self._last > place.seq)
        except TimeoutError:
            return
