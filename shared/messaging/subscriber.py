"""FastStream as the host of a service's consumers, on the connection that its relay publishes through."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Any, cast

from faststream import AckPolicy, BaseMiddleware, ContextRepo
from faststream.message import StreamMessage
from faststream.nats import JStream, NatsBroker, NatsRouter, PullSub
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from sqlalchemy.ext.asyncio import AsyncSession

from shared.database.engine import Database
from shared.messaging.batches import Consumer, Stopping
from shared.messaging.pulling import Bound, Patient
from shared.messaging.subscriptions import Subscription, giving
from shared.telemetry.logs import place

FETCH_SECONDS = 5.0
RETURN_SECONDS = 5.0  # until messages come again of which nobody knows what became
GRACE_SECONDS = 5.0  # for the batches at work when the service stops

Messages = StreamMessage[list[Msg]]

log = logging.getLogger("steward.consumer")


class Abandoned(Exception):
    """What a handler waited for was cancelled, and the consumer was not: a failure as any other."""


class Replayed(Msg):
    """An event that an operator applies again; it is in no stream, so nothing is acknowledged."""

    async def ack(self) -> None:
        """Nothing waits for it."""

    async def nak(self, delay: int | float | None = None) -> None:
        """It comes again only when it is asked for."""


class Subscribers:
    """The consumers of one service at work on one connection."""

    def __init__(
        self,
        service: str,
        instance: str,
        subscriptions: Sequence[Subscription],
        database: Database,
        client: Client,
    ) -> None:
        """Prepare a FastStream subscriber for each of `subscriptions`; none asks before `start`."""
        self.broker = _Connected(client)
        jetstream = client.jetstream()
        self._consumers: list[Consumer] = []
        for subscription in subscriptions:
            consumer = Consumer(service, subscription, database, jetstream)
            self._consumers.append(consumer)
            self.broker.include_router(_router(subscription, subscription.filter_subject(instance), consumer))
        self._by_durable = dict(
            zip((item.durable for item in subscriptions), self.broker.subscribers, strict=True)
        )

    async def start(self) -> None:
        """Subscribe; a durable that is missing is waited for."""
        await self.broker.start()

    async def ask_again(self) -> None:
        """Make the requests under way once more, on the connection that came instead of theirs."""
        for one in self.broker.subscribers:
            if (pull := cast("Patient | None", one.subscription)) is not None:  # type: ignore[attr-defined]
                await pull.ask_again()

    async def stop(self) -> None:
        """Finish the batches at work, `GRACE_SECONDS` at most, and ask for none; the connection stays.

        A batch that waits for its database is given back at once: nothing would become of it.
        """
        for consumer in self._consumers:
            consumer.stop()
        subscribers = self.broker.subscribers
        asking = [task for one in subscribers for task in one.tasks]  # type: ignore[attr-defined]
        stopping = (one.stop() for one in subscribers)
        await asyncio.gather(*stopping)
        if asking:
            await asyncio.wait(asking, timeout=1)

    async def replay(self, durable: str, data: bytes) -> None:
        """Apply one event outside the stream as `durable` would. Raises KeyError, and what its handler raises."""
        message = Replayed(self.broker.connection, data=data)
        await self._by_durable[durable].process_message([message])  # type: ignore[arg-type]


class _Connected(NatsBroker):
    """FastStream's broker on a connection that was made before.

    Its own ends for good when a server refuses the user once while it reconnects (0.7.8: the callback for
    errors raises inside nats-py's reconnecting). It logs nothing: its lines quote the errors of handlers,
    and those may quote a person.
    """

    def __init__(self, client: Client) -> None:
        super().__init__(logger=None, serializer=None, graceful_timeout=GRACE_SECONDS)
        self._client = client

    async def _connect(self) -> Client:
        self.config.connect(self._client)
        state = self.config.broker_config.connection_state
        state.connect(self._client, Bound(self._client))
        return self._client


def _router(subscription: Subscription, subject: str, consumer: Consumer) -> NatsRouter:
    """A subscriber with the middleware that is its alone.

    It waits for one message, then takes along what is there already. FastStream's batches wait until they
    are full or out of time, and nats-py's fetch of several may hold a lone message back, because the
    server lingers for the rest; asking for exactly what the first one says is pending never waits.
    """

    async def with_the_rest(
        messages: list[Msg], parse: Callable[[list[Msg]], Awaitable[Messages]]
    ) -> Messages:
        pull = cast("Patient | None", subscriber.subscription)
        if pull is not None and messages[0].reply:  # a replayed one is in no stream
            await pull.complete(messages)
        return await parse(messages)

    def middleware(message: Any, /, *, context: ContextRepo) -> BaseMiddleware:
        return _Transaction(message, context=context, consumer=consumer, subscription=subscription)

    router = NatsRouter(middlewares=[middleware])
    subscriber = router.subscriber(
        subject,
        stream=JStream(subscription.stream, declare=False),
        durable=subscription.durable,
        pull_sub=PullSub(1, batch=True, timeout=FETCH_SECONDS),
        ack_policy=AckPolicy.NACK_ON_ERROR,
        parser=with_the_rest,
        decoder=_undecoded,
        no_reply=True,
    )
    subscriber(subscription.handler)
    return router


async def _undecoded(_: Messages) -> None:
    """Handlers are given what the middleware decoded: the new events alone."""


class _Transaction(BaseMiddleware):
    """One delivery: its batch is one transaction, which handlers get injected with their events."""

    def __init__(
        self, message: Any, /, *, context: ContextRepo, consumer: Consumer, subscription: Subscription
    ) -> None:
        super().__init__(message, context=context)
        self._consumer = consumer
        self._subscription = subscription

    async def consume_scope(
        self, call_next: Callable[[Any], Awaitable[Any]], msg: StreamMessage[Any]
    ) -> None:
        """Apply the batch; each of its messages is settled in here, whatever became of it."""

        async def handler(session: AsyncSession, given: Any) -> None:
            with giving(session, given), _own_cancellation():
                await call_next(msg)

        messages: list[Msg] = msg.raw_message
        if isinstance(messages[0], Replayed):
            return await self._consumer.again(messages[0], handler)
        try:
            await self._consumer.process(messages, handler)
        except Stopping:
            await _give_back(messages)
        except asyncio.CancelledError:  # at a stop whose grace is over: another replica goes on at once
            await _give_back(messages)
            raise
        except Exception as error:
            log.error(
                "%s starts again after %s at %s",
                self._subscription.durable,
                type(error).__name__,
                place(error),
            )
            await _give_back(messages, RETURN_SECONDS)


async def _give_back(messages: list[Msg], delay: float | None = None) -> None:
    """Have those delivered again that were not settled."""
    with contextlib.suppress(NatsError, OSError):
        for message in messages:
            if not message.is_acked:
                await message.nak(delay=delay)


@contextlib.contextmanager
def _own_cancellation() -> Iterator[None]:
    """Raise Abandoned for a cancellation that is the block's own: else it would end the consumer, unseen."""
    try:
        yield
    except asyncio.CancelledError as error:
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise
        raise Abandoned from error
