"""Events that a receiver refused, by their place in the feed: stored in the broker until it takes them.

So the position of a webhook goes on, every replica knows what waits, and a restart keeps it. The event itself
stays in the feed alone: one that is deleted there, because its person was erased, is delivered no more.
"""

import asyncio

import msgspec
from nats.aio.client import Client
from nats.errors import Error as NatsError

from services.gateway.broker import direct, following, header, put, sequence
from services.gateway.events.webhooks.records import Subscription
from shared.errors import Unavailable
from shared.messaging.stream_names import EVENT_ID, FEED, SET_ASIDE, set_aside

MOST, PEOPLE = 2000, 20_000  # events of one webhook, and whom they are in order with
READ_AT_ONCE = 16


class Record(msgspec.Struct, frozen=True):
    """What is stored of one event: its id, and since when it fails in seconds of Unix time, None if untried."""

    event_id: str
    failing_since: float | None = None


class SetAside:
    """What waits for the receiver of one subscription."""

    def __init__(self, client: Client, subscription: Subscription) -> None:
        self._client = client
        self._durable = subscription.durable

    async def every(self) -> dict[int, Record]:
        """All that waits, by place in the feed. Raises NatsError."""
        found, after = dict[int, Record](), 0
        while messages := await following(self._client, SET_ASIDE, after, set_aside(self._durable)):
            after = sequence(messages[-1])
            for each in messages:
                place = int(header(each, "Nats-Subject").rpartition(".")[2])
                found[place] = msgspec.json.decode(each.data, type=Record)
        return found

    async def store(self, place: int, record: Record) -> bool:
        """Let an event wait, or change what is stored of one; False where there is no room. Raises NatsError."""
        subject = set_aside(self._durable, place)
        (stored,) = await put(self._client, [(subject, msgspec.json.encode(record), {})])
        return stored.error is None

    async def forget(self, place: int) -> None:
        """An event waits no more. Raises NatsError."""
        await self._client.jetstream().purge_stream(SET_ASIDE, subject=set_aside(self._durable, place))

    async def events(self, records: dict[int, Record]) -> dict[int, bytes]:
        """The events of such records, by place, but those that are not in the feed any more. Raises NatsError."""
        found, places = dict[int, bytes](), list(records)
        for start in range(0, len(places), READ_AT_ONCE):
            part = places[start : start + READ_AT_ONCE]
            bodies = await asyncio.gather(*(self._event(place, records[place].event_id) for place in part))
            found |= {place: body for place, body in zip(part, bodies, strict=True) if body is not None}
        return found

    async def event(self, place: int, event_id: str) -> bytes | None:
        """One event, None where it is not in the feed any more. Raises Unavailable `broker-away`."""
        try:
            return await self._event(place, event_id)
        except (NatsError, TimeoutError) as error:
            raise Unavailable("broker-away", "The broker did not answer.") from error

    async def _event(self, place: int, event_id: str) -> bytes | None:
        found = await direct(self._client, FEED, seq=place)
        return found.data if found is not None and header(found, EVENT_ID) == event_id else None


async def forget_all(client: Client, subscription: Subscription) -> None:
    """Forget all that waits for a subscription. Raises NatsError."""
    await client.jetstream().purge_stream(SET_ASIDE, subject=set_aside(subscription.durable))
