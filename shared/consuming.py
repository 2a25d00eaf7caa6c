"""The consumer loop: a batch is one transaction; a poison event blocks nobody."""

import asyncio
import contextlib
import logging
from typing import Any
from uuid import UUID

import msgspec
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.consumers import Received, Subscription
from shared.database import Database, raw
from shared.events import envelope
from shared.http.problems import collided, lost_database, place
from shared.metrics import DEAD_LETTERS, EVENTS_CONSUMED, EVENTS_FAILED, EVENTS_REPEATED
from shared.spans import handling

BATCH = 256
BYTES = 4 * 1024 * 1024  # of a batch: 256 messages with 500 people each would be 20 MB, and one transaction
FETCH_SECONDS = 5.0
REST_SECONDS = 0.1
MAX_FAILURES = 5  # of one event alone, before it goes to the dead-letter stream
MAX_DELAY = 30.0

_INBOX = """
insert into inbox (consumer, event_id) select $1, unnest($2::uuid[])
on conflict do nothing returning event_id
"""
_FAILED = text("""
insert into poison (consumer, event_id, failures, reason) values (:consumer, :event_id, 1, :reason)
on conflict (consumer, event_id) do update
set failures = poison.failures + 1, reason = excluded.reason, failed_at = now()
returning failures
""")
_BURIED = text("""
insert into poison (consumer, event_id, failures, reason, buried_at)
values (:consumer, :event_id, 1, :reason, now())
on conflict (consumer, event_id) do update set buried_at = now()
""")

log = logging.getLogger("steward.consumer")


class Unreadable(Exception):
    """A message that is not the event its subject says; repeating cannot help."""


class ForeignEvent(Unreadable):
    """An event by which one region speaks for another; it is kept as a dead letter and never applied."""


class Runner:
    """Feeds one subscription from its durable consumer until cancelled."""

    def __init__(self, service: str, subscription: Subscription, database: Database, nats: Client) -> None:
        """Apply `subscription` of `service` to `database`."""
        self._service = service
        self._subscription = subscription
        self._durable = subscription.durable
        self._database = database
        self._nats = nats
        self._js: JetStreamContext = nats.jetstream()
        self._decoder = envelope.decoder(subscription.event)

    async def run(self) -> None:
        """Fetch, apply, acknowledge; a broker or database that is away is waited for."""
        while True:
            try:
                pull = await self._js.pull_subscribe_bind(
                    durable=self._durable, stream=self._subscription.stream
                )
                try:
                    while True:
                        await self._next(pull)
                finally:
                    with contextlib.suppress(NatsError, OSError, TimeoutError):
                        await pull.unsubscribe()
            except (NatsError, OSError, TimeoutError) as error:
                if self._nats.is_connected:  # of a lost connection the broker's own log line tells
                    log.warning("%s waits for the broker (%s)", self._durable, type(error).__name__)
            except Exception as error:
                log.error("%s starts again after %s at %s", self._durable, type(error).__name__, place(error))
            await asyncio.sleep(0.5)

    async def _next(self, pull: JetStreamContext.PullSubscription) -> None:
        """Wait for one message, then take along what is there already.

        nats-py's fetch of several may hold a lone message back until its time-out, because the server
        lingers for the rest; asking for exactly what the first one says is pending never waits.
        """
        try:
            messages = await pull.fetch(1, timeout=FETCH_SECONDS)
        except TimeoutError:
            if not self._nats.is_connected:
                raise
            return
        if pending := _rest(messages[0]):
            with contextlib.suppress(TimeoutError):  # another replica was faster
                messages += await pull.fetch(pending, timeout=REST_SECONDS)
        await self._process(messages)

    async def _process(self, messages: list[Msg]) -> None:
        """Apply a batch whole; when it fails, one by one, so that the guilty event is found."""
        try:
            await self._patiently(messages)
        except Exception as error:
            if len(messages) == 1:
                await self._failed(messages[0], error)
                return
            for message in messages:
                await self._process([message])
            return
        for message in messages:
            await message.ack()

    async def _patiently(self, messages: list[Msg]) -> None:
        """Apply; while the database is away wait, which counts as a failure of no event."""
        delay = 0.1
        while True:
            try:
                return await self._apply(messages)
            except Exception as error:
                if not (lost_database(error) or collided(error)):
                    raise
                log.warning("%s pauses (%s)", self._durable, type(error).__name__)
            await asyncio.sleep(delay)
            delay = min(delay * 2, 2.0)
            for message in messages:
                with contextlib.suppress(NatsError, OSError):
                    await message.in_progress()

    async def again(self, data: bytes) -> None:
        """Apply one event outside the stream; what was applied before is skipped as ever."""
        await self._settle([self._decode(data)])

    async def _apply(self, messages: list[Msg]) -> None:
        events = [self._decode(message.data) for message in messages]
        if self._subscription.national:
            for message, event in zip(messages, events, strict=True):
                _authentic(message, event)
        await self._settle(events)

    async def _settle(self, events: list[envelope.Envelope[Any]]) -> None:
        async with self._database.session() as session:
            fresh = await self._fresh(session, events)
            if fresh:
                await handling(self._subscription, session, fresh)
        EVENTS_CONSUMED.labels(self._service, self._durable).inc(len(fresh))
        EVENTS_REPEATED.labels(self._service, self._durable).inc(len(events) - len(fresh))

    def _decode(self, data: bytes) -> envelope.Envelope[Any]:
        try:
            return self._decoder.decode(data)
        except msgspec.MsgspecError as error:
            raise Unreadable(str(error)) from error

    async def _fresh(
        self, session: AsyncSession, events: list[envelope.Envelope[Any]]
    ) -> list[tuple[Received[Any], str | None]]:
        """The events not seen before, each once, with their traceparent; inbox rows join the transaction."""
        by_id = {UUID(event.id): event for event in events}
        connection = await raw(session)
        rows = await connection.fetch(_INBOX, self._durable, sorted(by_id))
        new = {UUID(str(row["event_id"])) for row in rows}
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
            await self._bury(message, reason)
            return
        parameters = self._parameters(message, reason)
        async with self._database.session() as session:
            failures = int(await session.scalar(_FAILED, parameters) or 1)
        if failures >= MAX_FAILURES:
            await self._bury(message, reason)
        else:
            await message.nak(delay=min(0.2 * 2**failures, MAX_DELAY))

    def _parameters(self, message: Msg, reason: str) -> dict[str, object]:
        return {"consumer": self._durable, "event_id": _message_id(message), "reason": reason}

    async def _bury(self, message: Msg, reason: str) -> None:
        """Move a message to the dead-letter stream; it is given up only once it is there."""
        subject = f"dlq.{self._service}.{message.subject}"
        headers = {
            "Nats-Msg-Id": f"{self._durable}:{_message_id(message)}",
            "Steward-Consumer": self._durable,
            "Steward-Reason": reason,
        }
        await self._js.publish(subject, message.data, timeout=10, headers=headers)
        async with self._database.session() as session:
            await session.execute(_BURIED, self._parameters(message, reason))
        await message.term()
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


def _rest(message: Msg) -> int:
    """How many more messages to take along; what waits behind one is about as large as it is."""
    room = BYTES // max(len(message.data), 1) - 1
    return max(0, min(message.metadata.num_pending or 0, BATCH - 1, room))


def _message_id(message: Msg) -> UUID:
    """The event's id, from the header that the relay set; of a stranger, from its place in the stream."""
    try:
        return UUID((message.headers or {}).get("Nats-Msg-Id", ""))
    except ValueError:
        return UUID(int=message.metadata.sequence.stream)
