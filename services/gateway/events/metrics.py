"""Feed and webhooks as metrics, measured when they are asked for."""

import asyncio
import logging
import time
from collections import Counter

from nats.errors import Error as NatsError

from services.gateway.broker import Broker, info
from services.gateway.events.webhooks.records import State, Subscription, Subscriptions
from shared.errors import Unavailable
from shared.messaging.stream_names import FEED
from shared.telemetry import metrics

log = logging.getLogger("steward.gateway")

DEADLINE = 5.0
SERVICE = "gateway"
STATES = ("active", "failing", "paused", "disabled", "unconfirmed")


async def measure(broker: Broker, subscriptions: Subscriptions) -> None:
    """Set the gauges; without a broker there are none, and other alarms say why."""
    metrics.FEED_LAG.clear()
    metrics.WEBHOOKS.clear()
    try:
        async with asyncio.timeout(DEADLINE), broker.asking() as client:
            stream, found = await info(client, FEED), await subscriptions.every()
    except (Unavailable, NatsError, TimeoutError) as error:
        log.warning("the event feed was not measured (%s)", type(error).__name__)
        return
    sources = (stream.sources if stream is not None else None) or []
    metrics.FEED_LAG.labels(SERVICE).set(sum(source.lag or 0 for source in sources))
    now = time.time()  # lint: tokens end in real time
    counts = Counter(_state(each.subscription, now) for each in found)
    for state in STATES:
        metrics.WEBHOOKS.labels(SERVICE, state).set(counts[state])


def _state(subscription: Subscription, now: float) -> str:
    """How it goes with a webhook."""
    if subscription.state is not State.ACTIVE:
        return subscription.state.value
    if not subscription.delivers(now):
        return "unconfirmed"
    failing = subscription.failing_since is not None or subscription.held_up_since is not None
    return "failing" if failing else "active"
