"""All bridges of an instance: a region's two, at a hub two for each region; each goes on when another cannot."""

import asyncio
import logging
import time
from collections.abc import Sequence

from services.gateway.broker import Broker, info
from services.gateway.federation import region
from services.gateway.federation.bridge import Bridge
from services.gateway.federation.bridge_routes import Route, at_hub, down, up
from shared.federation.protocol import members
from shared.messaging.stream_names import DOWN, NATIONAL, UP
from shared.settings import Settings
from shared.telemetry.outage_log import Outage

log = logging.getLogger("steward.gateway")

PAUSE = 0.5  # seconds until it is looked again whether there is something, or a new day
STUCK = 60.0  # seconds in which a batch is over: on a connection that ended nats-py may wait for ever (2.16)
RESTS = 8  # at most so many pauses where nothing came


class Bridges:
    """Runs the bridges between links and services.

    They take turns, one batch each, so that a region that comes back after weeks delays no other. A bridge
    without events is asked less and less often, at last every 4 seconds: asking 8 idle regions twice a second
    cost a hub 0.13 of a processor.
    """

    def __init__(self, broker: Broker, settings: Settings, pause: float = PAUSE) -> None:
        self._broker = broker
        self._settings = settings
        self._pause = pause
        self._bridges: dict[Route, Bridge] = {}
        self._outages: dict[Route | None, Outage] = {}
        self._rests: dict[Route, tuple[float, int]] = {}  # until when, and how many pauses that was

    async def run(self) -> None:
        """Forward until cancelled."""
        while True:
            if not await self.round():
                await asyncio.sleep(self._pause)

    async def round(self) -> int:
        """A batch of every bridge that is due; returns how many events. What fails is tried again later."""
        try:
            ways = await self._ways()
            self._outage(None).ends()
        except Exception as error:
            self._outage(None).goes_on(type(error).__name__)
            return 0
        return sum([await self._batch(way) for way in ways if self._due(way)])

    async def _batch(self, way: Route) -> int:
        count = 0
        try:
            async with asyncio.timeout(STUCK):
                count = await self._bridge(way).step() or 0
            self._outage(way).ends()
        except Exception as error:  # what somebody's link holds stops no other
            self._outage(way).goes_on(type(error).__name__)
        if count:
            self._rests.pop(way, None)
        else:
            rests = min(RESTS, 2 * self._rests.get(way, (0.0, 1))[1])
            self._rests[way] = (time.monotonic() + (rests - 1) * self._pause, rests)
        return count

    def _due(self, way: Route) -> bool:
        return self._rests.get(way, (0.0, 0))[0] <= time.monotonic()

    async def _ways(self) -> Sequence[Route]:
        settings, client = self._settings, self._broker.client
        if settings.federation == "hub":
            gathered = await info(client, NATIONAL)
            names = members((gathered.config.metadata if gathered else None) or {})
            return [way for name in names for way in at_hub(settings.instance, name)]
        hub = region.hub(await info(client, DOWN))
        return [up(settings.instance, settings.epoch), down(hub)]

    def _bridge(self, way: Route) -> Bridge:
        limit = self._settings.uplink_bytes_per_day if way.stream == UP else 0
        return self._bridges.setdefault(way, Bridge(self._broker, way, limit))

    def _outage(self, way: Route | None) -> Outage:
        name = f"the way from {way.stream} to {way.into}" if way else "the broker's links"
        return self._outages.setdefault(way, Outage(log, name))
