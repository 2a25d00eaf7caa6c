"""A federation's links as metrics: at a hub of every region that may speak, at a region of itself."""

import asyncio
import logging

from nats.errors import Error as NatsError

from services.gateway.broker import Broker
from services.gateway.federation import own_link, regions
from services.gateway.federation.own_link import Link
from services.gateway.federation.regions import Standing
from services.gateway.http_client.upstream import Upstream
from shared.errors import Unavailable
from shared.federation.heartbeat import SUSPENDED, UNKNOWN, Heartbeat
from shared.settings import Settings
from shared.telemetry import metrics

log = logging.getLogger("steward.gateway")

DEADLINE = 5.0
EVERY = (
    metrics.FEDERATION_LAST_SEEN,
    metrics.FEDERATION_LAG,
    metrics.FEDERATION_LAG_EVENTS,
    metrics.FEDERATION_UNAPPLIED,
    metrics.FEDERATION_REFUSED,
    metrics.FEDERATION_OUTBOX_AGE,
    metrics.FEDERATION_UP_FILLED,
    metrics.FEDERATION_HELD,
    metrics.FEDERATION_SUPPRESSED,
    metrics.FEDERATION_LINK_UP,
    metrics.FEDERATION_HUB_HEARD,
    metrics.FEDERATION_WAITING,
)


async def measure(broker: Broker, upstream: Upstream, settings: Settings) -> None:
    """Set the gauges; without a broker there are none, and other alarms say why."""
    for gauge in EVERY:
        gauge.clear()
    if settings.federation == "none":
        return
    try:
        async with asyncio.timeout(DEADLINE), broker.asking() as client:
            if settings.federation == "hub":
                for standing in await regions.regions(client):
                    _standing(standing)
            else:
                _link(await own_link.link(client, upstream, settings))
    except (Unavailable, NatsError, TimeoutError) as error:
        log.warning("the federation was not measured (%s)", type(error).__name__)


def _standing(found: Standing) -> None:
    if found.state in (SUSPENDED, UNKNOWN):
        return  # its silence is wanted, or nothing is known: 0 would be a figure, and the next one a rise
    seen = found.last_seen.timestamp() if found.last_seen else 0.0
    metrics.FEDERATION_LAST_SEEN.labels(found.region).set(seen)
    metrics.FEDERATION_UNAPPLIED.labels(found.region).set(found.unapplied_events)
    metrics.FEDERATION_REFUSED.labels(found.region).set(found.refused_events)
    if found.lag_seconds is not None and found.lag_events is not None:
        metrics.FEDERATION_LAG.labels(found.region).set(found.lag_seconds)
        metrics.FEDERATION_LAG_EVENTS.labels(found.region).set(found.lag_events)
    if found.beat is not None:
        _heartbeat(found.region, found.beat)


def _link(found: Link) -> None:
    metrics.FEDERATION_LINK_UP.labels(found.region).set(found.state == own_link.OK)
    metrics.FEDERATION_WAITING.labels(found.region).set(found.waiting)
    if found.hub_heard_seconds is not None:
        metrics.FEDERATION_HUB_HEARD.labels(found.region).set(found.hub_heard_seconds)
    _heartbeat(found.region, found.beat)


def _heartbeat(name: str, last: Heartbeat) -> None:
    oldest = max((outbox.oldest_seconds for outbox in last.outboxes.values()), default=0.0)
    metrics.FEDERATION_OUTBOX_AGE.labels(name).set(oldest)
    metrics.FEDERATION_HELD.labels(name).set(last.budget.waiting if last.budget else 0)
    if last.up_limit:
        metrics.FEDERATION_UP_FILLED.labels(name).set(last.up_bytes / last.up_limit)
    if last.suppressed_cells is not None:
        metrics.FEDERATION_SUPPRESSED.labels(name).set(last.suppressed_cells)
