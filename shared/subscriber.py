"""FastStream as the host of a service's consumers, on the connection that its relay publishes through."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, cast

from faststream import AckPolicy, BaseMiddleware, ContextRepo
from faststream.message import StreamMessage
from faststream.nats import JStream, NatsBroker, NatsRouter, PullSub
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.errors import TimeoutError as NatsTimeout
from nats.js import JetStreamContext
from sqlalchemy.ext.asyncio import AsyncSession

from shared.consumers import Subscription, giving
from shared.consuming import Consumer
from shared.database import Database
from shared.logs import place

BATCH = 256
BYTES = 4 * 1024 * 1024  # of a batch: 256 messages with 500 people each would be 20 MB, and one transaction
FETCH_SECONDS = 5.0
REST_SECONDS = 0.1
PAUSE_SECONDS = 0.5  # between two requests to a broker that refuses them
RETURN_SECONDS = 5.0  # until messages come again of which nobody knows what became
FLUSH_SECONDS = 1  # nats-py takes no fraction
GRACE_SECONDS = 5.0  # for the batches at work when the service stops

Messages = StreamMessage[list[Msg]]

log = logging.getLogger("steward.consumer")


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
        for subscription in subscriptions:
            consumer = Consumer(service, subscription, database, jetstream)
            self.broker.include_router(_router(subscription, subscription.filter_subject(instance), consumer))
        self._by_durable = dict(
            zip((item.durable for item in subscriptions), self.broker.subscribers, strict=True)
        )

    async def start(self) -> None:
        """Subscribe; a durable that is missing is waited for."""
        await self.broker.start()

    async def stop(self) -> None:
        """Finish the batches at work, `GRACE_SECONDS` at most, and ask for none; the connection stays."""
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
        state.connect(self._client, _Bound(self._client))
        return self._client


class _Bound(JetStreamContext):
    """JetStream for subscribers: they bind durables that were provisioned, and never make one."""

    async def pull_subscribe(  # type: ignore[override]  # what says how to make one is left out
        self, subject: str, durable: str | None = None, stream: str | None = None, **_: Any
    ) -> JetStreamContext.PullSubscription:
        """Bind; nothing is asked of the server, so the durable may come later."""
        pull = await self.pull_subscribe_bind(durable=durable, stream=stream)
        return cast("JetStreamContext.PullSubscription", _Patient(pull, self._nc, durable or subject))


class _Patient:
    """A pull subscription that pauses before it ends a request without messages.

    FastStream asks again at once whatever the answer was (0.7.8): 1,424 times a second where the durable is
    gone, and without ever letting others have their turn where the connection is closed.
    """

    def __init__(self, pull: JetStreamContext.PullSubscription, client: Client, durable: str) -> None:
        self._pull = pull
        self._client = client
        self._durable = durable

    async def fetch(self, batch: int, timeout: float | None) -> list[Msg]:
        """Up to `batch` messages. Raises nats' TimeoutError where there is none, whatever the reason."""
        try:
            if self._client.is_connected:
                return await self._pull.fetch(batch, timeout)
        except TimeoutError:
            if self._client.is_connected:
                raise NatsTimeout from None
        except (NatsError, OSError) as error:
            if self._client.is_connected:  # of a lost connection the broker's own log line tells
                log.warning("%s waits for the broker (%s)", self._durable, type(error).__name__)
        except Exception as error:
            log.error("%s starts again after %s at %s", self._durable, type(error).__name__, place(error))
        await asyncio.sleep(PAUSE_SECONDS)
        raise NatsTimeout

    async def rest(self, count: int) -> list[Msg]:
        """Up to `count` messages that are there already; none where another replica was faster."""
        with contextlib.suppress(NatsError, OSError, TimeoutError):
            return await self._pull.fetch(count, timeout=REST_SECONDS)
        return []

    async def unsubscribe(self) -> None:
        """Receive nothing more; a message that came for a request that was given up goes to another replica."""
        with contextlib.suppress(NatsError, OSError, TimeoutError):
            await self._client.flush(FLUSH_SECONDS)
            while self._pull.pending_msgs:
                for message in await self._pull.fetch(1, timeout=REST_SECONDS):
                    await message.nak()
        with contextlib.suppress(NatsError, OSError):
            await self._pull.unsubscribe()


def _router(subscription: Subscription, subject: str, consumer: Consumer) -> NatsRouter:
    """A subscriber with the middleware that is its alone.

    It waits for one message, then takes along what is there already. FastStream's batches wait until they
    are full or out of time, and nats-py's fetch of several may hold a lone message back, because the
    server lingers for the rest; asking for exactly what the first one says is pending never waits.
    """

    async def with_the_rest(
        messages: list[Msg], parse: Callable[[list[Msg]], Awaitable[Messages]]
    ) -> Messages:
        pull = cast("_Patient | None", subscriber.subscription)
        if pull is not None and (count := _pending(messages[0])):
            messages += await pull.rest(count)
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
            with giving(session, given):
                await call_next(msg)

        messages: list[Msg] = msg.raw_message
        if isinstance(messages[0], Replayed):
            return await self._consumer.again(messages[0], handler)
        try:
            await self._consumer.process(messages, handler)
        except Exception as error:
            log.error(
                "%s starts again after %s at %s",
                self._subscription.durable,
                type(error).__name__,
                place(error),
            )
            with contextlib.suppress(NatsError, OSError):
                await msg.nack(delay=RETURN_SECONDS)  # type: ignore[call-arg]  # NatsBatchMessage has one


def _pending(message: Msg) -> int:
    """How many more messages to take along; what waits behind one is about as large as it is."""
    if not message.reply:  # from no stream
        return 0
    room = BYTES // max(len(message.data), 1) - 1
    return max(0, min(message.metadata.num_pending or 0, BATCH - 1, room))
