"""Reading the feed's stream from a place on, as one reader may see it."""

from datetime import UTC, datetime

import msgspec
from nats.aio.client import Client
from nats.js.api import StreamInfo

from services.gateway.broker import RETRY_AFTER, Broker, following, info, sequence
from services.gateway.events.cursors import Place
from services.gateway.events.thin_events import Candidate, Thin, candidate, shown
from services.gateway.events.visibility import Visibility
from shared import clock
from shared.auth.event_readers import Reader
from shared.errors import Gone, Unavailable
from shared.messaging.stream_names import FEED

BATCH = 250  # stored events of one request to the stream
SCANNED = 1000  # stored events that one read looks at; a reader of few goes on from there
ASKED = 10_000  # items of them about which registry is asked: a batch of people has 500
BEGIN = "/v1/events/snapshot"


class Read(msgspec.Struct, frozen=True):
    """Events with their places, the place up to which all was looked at, and whether that is the end."""

    events: list[tuple[Place, Thin]]
    place: Place
    at_end: bool


class Feed:
    """The feed of this instance."""

    def __init__(self, broker: Broker, visibility: Visibility) -> None:
        self._broker = broker
        self._visibility = visibility

    async def end(self) -> Place:
        """The place behind the newest event."""
        async with self._broker.asking() as client:
            stream = await _stream(client)
        return Place(_made(stream), stream.state.last_seq)

    async def beginning(self) -> Place:
        """The place before the oldest event that is kept."""
        async with self._broker.asking() as client:
            stream = await _stream(client)
        return Place(_made(stream), max(0, stream.state.first_seq - 1))

    async def check(self, place: Place) -> None:
        """Raises Gone `cursor-expired` where events after the place are not kept any more."""
        async with self._broker.asking() as client:
            _check(place, await _stream(client))

    async def read(self, reader: Reader, place: Place, limit: int) -> Read:
        """At most `limit` events after a place, oldest first.

        Raises Gone `cursor-expired`, and Unavailable `broker-away` or `service-away`.
        """
        found: list[tuple[Place, Thin]] = []
        looked, asked, at = 0, 0, place
        while True:
            candidates, last, more = await self._next(at)
            allowed = await self._visibility.allowed(reader, candidates)
            for one, may in zip(candidates, allowed, strict=True):
                event = shown(one, may, clock.day_of)
                if event is not None:
                    found.append((Place(place.made, one.seq), event))
                    if len(found) == limit:
                        return Read(found, found[-1][0], at_end=False)
            at, looked = Place(place.made, last), looked + BATCH
            asked += sum(len(one.asked) for one in candidates)
            if not more or looked >= SCANNED or asked >= ASKED:
                return Read(found, at, at_end=not more)

    async def _next(self, place: Place) -> tuple[list[Candidate], int, bool]:
        """Events that may be shown after a place, up to which sequence, and whether there are more."""
        async with self._broker.asking() as client:
            # First the events, then whether any are gone: in the other order some could go in between.
            messages = await following(client, FEED, place.seq, ">", most=BATCH)
            stream = await _stream(client)
        _check(place, stream)
        found = (candidate(sequence(each), each.data, clock.day_of) for each in messages)
        last = sequence(messages[-1]) if messages else place.seq
        more = bool(messages) and last < stream.state.last_seq
        return [one for one in found if one is not None], last, more


async def _stream(client: Client) -> StreamInfo:
    found = await info(client, FEED)
    if found is None:  # a broker from before there was a feed
        raise Unavailable("broker-away", "The event feed is not provisioned yet.", headers=RETRY_AFTER)
    return found


def _made(stream: StreamInfo) -> int:
    made = stream.created or datetime.fromtimestamp(0, UTC)
    return int(made.timestamp() * 1_000_000)


def _check(place: Place, stream: StreamInfo) -> None:
    state = stream.state
    if place.made == _made(stream) and state.first_seq - 1 <= place.seq <= state.last_seq:
        return
    raise Gone(
        "cursor-expired",
        f"Events after this cursor are not kept any more. Begin anew with GET {BEGIN}.",
        headers={"Link": f'<{BEGIN}>; rel="start"'},
    )
