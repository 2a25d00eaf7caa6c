"""What the gateway does by itself: it connects and forwards what crosses links; a region's beats and watches."""

from collections.abc import Coroutine, Iterator
from typing import Any

from services.gateway.queries.broker import Broker
from services.gateway.timers.beating import Beating
from services.gateway.timers.ferries import Ferries
from services.gateway.timers.link_watch import LinkWatch
from services.gateway.upstream import Upstream
from shared.settings import Settings


def of(
    broker: Broker, upstream: Upstream, settings: Settings, watch: LinkWatch
) -> Iterator[Coroutine[Any, Any, None]]:
    """Everything that runs until it is cancelled."""
    yield broker.run()
    if settings.federation != "none":
        yield Ferries(broker, settings).run()
    if settings.federation == "region":
        yield Beating(broker, upstream, settings).run()
        yield watch.run()
