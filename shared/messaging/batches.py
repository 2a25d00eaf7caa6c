"""What becomes of a batch of events: it is one transaction, and a poison event blocks nobody."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from operator import attrgetter
from typing import Any
from uuid import UUID

import msgspec
import sqlalchemy as sa
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from shared.database.engine import Database, raw
from shared.database.failures import collided, lost_database
from shared.database.tables import poison
from shared.events import envelope
from shared.events.event import Reach
from shared.messaging.erased_people import under_pseudonyms
from shared.messaging.stream_names import CONSUMER, EVENT_ID, PLACE, REASON, dead_letters
from shared.messaging.subscriptions import Received, Subscription
from shared.messaging.tracing import burial, concerning, handling
from shared.telemetry.logs import origin, place
from shared.telemetry.metrics import DEAD_LETTERS, EVENTS_CONSUMED, EVENTS_FAILED, EVENTS_REPEATED

MAX_FAILURES = 5  # of one event alone, before it goes to the dead-letter stream
MAX_DELAY = 30.0

_number = attrgetter("int")
_INBOX = """
insert into inbox (consumer, event_id) select $1, unnest($2::uuid[])
on conflict do nothing returning event_id
"""

# Runs the declared handler with a session and what it is given: an event, or all events of a batch.
Handler = Callable[[AsyncSession, Any], Awaitable[None]]

log = logging.getLogger("steward.consumer")


class Unreadable(Exception):
    """A message that is not the event its subject says; repeating cannot help."""


class ForeignEvent(Unreadable):
    """An event by which one region speaks for another; it becomes a dead letter and is never applied."""


class Stopping(Exception):
    """The service stops while a batch waits for its database: it is given back, and counts as no failure."""


class Consumer:
    """Applies what one durable consumer delivers, and decides what becomes of an event that fails."""

    def __init__(
        self, service: str, subscription: Subscription, database: Database, jetstream: JetStreamContext
    ) -> None:
        """Apply `subscription` of `service` to `database`; dead letters go out through `jetstream`."""
        self._service = service
        self._subscription = subscription
        self._durable = subscription.durable
        self._database = database
        self._js = jetstream
        self._decoder = envelope.decoder(subscription.event)
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """Wait for no database any more: what is at work goes on, what waits for one raises Stopping."""
        self._stopping.set()

    async def process(self, messages: list[Msg], handler: Handler) -> None:
        """Apply a batch whole; when it fails, one by one, so that the guilty event is found. Raises Stopping."""
        try:
            await self._patiently(messages, handler)
        except Stopping:
            raise
        except Exception as error:
            if len(messages) == 1:
                with concerning(_message_id(messages[0]), messages[0].data):
                    await self._failed(messages[0], error)
                return
            for message in messages:
                await self.process([message], handler)
            return
        for message in messages:
            await message.ack()

    async def _patiently(self, messages: list[Msg], handler: Handler) -> None:
        """Apply; while the database is away wait, which counts as a failure of no event."""
        delay = 0.1
        while True:
            try:
                return await self._apply(messages, handler)
            except Exception as error:
                if not (lost_database(error) or collided(error)):
                    raise
                log.warning("%s pauses (%s)", self._durable, type(error).__name__)
            await self._rest(delay)
            delay = min(delay * 2, 2.0)
            for message in messages:
                with contextlib.suppress(NatsError, OSError):
                    await message.in_progress()

    async def _rest(self, seconds: float) -> None:
        """Wait until the database may be back. Raises Stopping."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
        if self._stopping.is_set():
            raise Stopping

    async def again(self, message: Msg, handler: Handler) -> None:
        """Apply one event outside the stream; what was applied before is skipped as ever."""
        await self._settle([self._decode(message.data)], handler)

    async def _apply(self, messages: list[Msg], handler: Handler) -> None:
        events = [self._decode(message.data) for message in messages]
        if self._subscription.national:
            for message, event in zip(messages, events, strict=True):
                _authentic(message, event)
        await self._settle(events, handler)

    async def _settle(self, events: list[envelope.Envelope[Any]], handler: Handler) -> None:
        async with self._database.session() as session:
            fresh = await self._fresh(session, events)
            if self._subscription.event.reach is Reach.LOCAL:
                fresh = await under_pseudonyms(session, fresh)
            if fresh:
                await handling(self._subscription.calling(handler), session, fresh)
        EVENTS_CONSUMED.labels(self._service, self._durable).inc(len(fresh))
        EVENTS_REPEATED.labels(self._service, self._durable).inc(len(events) - len(fresh))

    def _decode(self, data: bytes) -> envelope.Envelope[Any]:
        try:
            return self._decoder.decode(data)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise Unreadable(str(error)) from error

    async def _fresh(
        self, session: AsyncSession, events: list[envelope.Envelope[Any]]
    ) -> list[tuple[Received[Any], str | None]]:
        """The events not seen before, each once, with their traceparent; inbox rows join the transaction."""
        by_id = {UUID(event.id): event for event in events}
        connection = await raw(session)
        rows = await connection.fetch(_INBOX, self._durable, sorted(by_id, key=_number))
        new = {row["event_id"] for row in rows}
        return [
            (_received(event_id, event), event.traceparent)
            for event_id, event in by_id.items()
            if event_id in new
        ]

    async def _failed(self, message: Msg, error: Exception) -> None:
        """Count a failure of the event's own; after the last one it becomes a dead letter."""
        EVENTS_FAILED.labels(self._service, self._durable).inc()
        # The message of an error may quote the event; its kind and place are enough to find it.
        reason = type(error).__name__
        event = f"{_message_id(message)} of {message.subject}"  # the subject names the region that sent it
        log.error("%s failed on %s: %s at %s", self._durable, event, reason, place(error))
        if isinstance(error, Unreadable):
            await self._bury(message, reason, origin(error))
            return
        first = insert(poison).values(**self._key(message), failures=1, reason=reason)
        again = {"failures": poison.c.failures + 1, "reason": reason, "failed_at": sa.func.now()}
        counted = first.on_conflict_do_update(index_elements=["consumer", "event_id"], set_=again)
        async with self._database.session() as session:
            failures = int(await session.scalar(counted.returning(poison.c.failures)) or 1)
        if failures >= MAX_FAILURES:
            await self._bury(message, reason, origin(error))
        else:
            await message.nak(delay=min(0.2 * 2**failures, MAX_DELAY))

    def _key(self, message: Msg) -> dict[str, object]:
        return {"consumer": self._durable, "event_id": _message_id(message)}

    async def _bury(self, message: Msg, reason: str, origin: str) -> None:
        """Move a message to the dead-letter stream; it is given up only once it is there."""
        subject = f"{dead_letters(self._service)}.{message.subject}"
        headers = {
            EVENT_ID: f"{self._durable}:{_message_id(message)}",
            CONSUMER: self._durable,
            REASON: reason,
            PLACE: origin,
        }
        await self._js.publish(subject, message.data, timeout=10, headers=headers)
        buried = {"buried_at": sa.func.now()}
        first = insert(poison).values(**self._key(message), failures=1, reason=reason, **buried)
        async with self._database.session() as session:
            await session.execute(
                first.on_conflict_do_update(index_elements=["consumer", "event_id"], set_=buried)
            )
        await message.term()
        burial(_message_id(message), message.subject, message.data, self._durable, reason)
        DEAD_LETTERS.labels(self._service).inc()


def _authentic(message: Msg, event: envelope.Envelope[Any]) -> None:
    """The region of a message's subject is where it came from; its body must not claim another."""
    region = message.subject.split(".")[1]
    if event.instance != region or not event.source.startswith(f"/steward/{region}/"):
        raise ForeignEvent(f"An event of {region} claims another region.")


def _received(event_id: UUID, event: envelope.Envelope[Any]) -> Received[Any]:
    return Received(
        event_id, event.data, event.subject, event.aggregateversion, event.instance, event.time, event.epoch
    )


def _message_id(message: Msg) -> UUID:
    """The event's id, from the header that the relay set; of a stranger, from its place in the stream."""
    try:
        return UUID((message.headers or {}).get(EVENT_ID, ""))
    except ValueError:
        return UUID(int=message.metadata.sequence.stream)
