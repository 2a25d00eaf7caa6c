"""What the gateway does by itself: it connects and forwards what crosses links; a region's beats and watches."""

from collections.abc import Coroutine, Iterator
from typing import Any

from services.gateway.broker import Broker
from services.gateway.federation.bridges import Bridges
from services.gateway.federation.heartbeat_timer import HeartbeatTimer
from services.gateway.federation.link_watch import LinkWatch
from services.gateway.http_client.upstream import Upstream
from shared.settings import Settings


def of(
    broker: Broker, upstream: Upstream, settings: Settings, watch: LinkWatch
) -> Iterator[Coroutine[Any, Any, None]]:
    """Everything that runs until it is cancelled."""
    yield broker.run()
    if settings.federation != "none":
        yield Bridges(broker, settings).run()
    if settings.federation == "region":
        yield HeartbeatTimer(broker, upstream, settings).run()
        yield watch.run()
