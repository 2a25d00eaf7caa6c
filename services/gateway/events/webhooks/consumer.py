"""The durable consumer of a subscription: its position in the feed, stored by the broker."""

from contextlib import suppress

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.errors import TimeoutError as NatsTimeoutError
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, ConsumerInfo, DeliverPolicy
from nats.js.errors import NotFoundError

from services.gateway.events.webhooks import set_aside
from services.gateway.events.webhooks.records import Subscription
from shared.events.feed_events import SHOWN
from shared.messaging.stream_names import FEED

UNDER_WAY = 64  # events that are fetched and not yet delivered


async def ensure(client: Client, subscription: Subscription, ack_wait: float) -> ConsumerInfo:
    """The consumer as the subscription wants it: made where it is not there, and its types taken over."""
    jetstream, wanted = client.jetstream(), _config(subscription, ack_wait)
    known: ConsumerInfo
    try:
        known = await jetstream.consumer_info(FEED, subscription.durable)
    except NotFoundError:
        return await jetstream.add_consumer(FEED, wanted)
    if known.config.filter_subjects == wanted.filter_subjects:
        return known
    return await jetstream.add_consumer(FEED, known.config.evolve(filter_subjects=wanted.filter_subjects))


async def delete(client: Client, subscription: Subscription) -> None:
    """Forget the position of a subscription, and what waits for its receiver."""
    with suppress(NotFoundError):
        await client.jetstream().delete_consumer(FEED, subscription.durable)
    await set_aside.forget_all(client, subscription)


def _config(subscription: Subscription, ack_wait: float) -> ConsumerConfig:
    subjects = sorted(SHOWN[name].event.subject("*") for name in subscription.types or SHOWN)
    return ConsumerConfig(
        name=subscription.durable,
        durable_name=subscription.durable,
        filter_subjects=subjects,
        ack_policy=AckPolicy.EXPLICIT,
        deliver_policy=DeliverPolicy.BY_START_SEQUENCE,
        opt_start_seq=subscription.start_after + 1,
        ack_wait=ack_wait,
        max_deliver=-1,
        max_ack_pending=UNDER_WAY,
    )


class Fetching:
    """Fetches from the consumer of one subscription."""

    def __init__(self, client: Client, subscription: Subscription) -> None:
        self._jetstream = client.jetstream()
        self._durable = subscription.durable
        self._pull: JetStreamContext.PullSubscription | None = None

    async def next(self, most: int, seconds: float) -> list[Msg]:
        """At most so many events; none where none came in that time. Raises NatsError without a consumer."""
        if self._pull is None:
            self._pull = await self._jetstream.pull_subscribe_bind(consumer=self._durable, stream=FEED)
        with suppress(NatsTimeoutError, TimeoutError):
            return await self._pull.fetch(most, timeout=seconds)
        return []

    async def close(self) -> None:
        """Fetch no more."""
        if self._pull is not None:
            with suppress(NatsError):
                await self._pull.unsubscribe()


def place(message: Msg) -> int:
    """The sequence of a fetched event in the feed's stream."""
    return int(message.metadata.sequence.stream)
