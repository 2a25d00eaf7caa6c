"""All crossings of an instance: a region's two, at a hub two for each region; each goes on when another cannot."""

import asyncio
import logging
from collections.abc import Sequence

from services.gateway.crossings import Crossing, at_hub, down, members, up
from services.gateway.queries import region
from services.gateway.queries.broker import Broker, info
from services.gateway.timers.ferry import Ferry
from shared.outage import Outage
from shared.settings import Settings

log = logging.getLogger("steward.gateway")

PAUSE = 0.5  # seconds until it is looked again whether there is something, or a new day


class Ferries:
    """Keeps what crosses between links and services going."""

    def __init__(self, broker: Broker, settings: Settings, pause: float = PAUSE) -> None:
        """Nothing crosses before `run`."""
        self._broker = broker
        self._settings = settings
        self._pause = pause
        self._ferries: dict[Crossing, Ferry] = {}
        self._outages: dict[Crossing | None, Outage] = {}

    async def run(self) -> None:
        """Forward until cancelled."""
        while True:
            await self.round()
            await asyncio.sleep(self._pause)

    async def round(self) -> None:
        """Every crossing once; what fails is told once, and tried again in the next round."""
        try:
            ways = await self._ways()
            self._outage(None).ends()
        except Exception as error:
            self._outage(None).goes_on(type(error).__name__)
            return
        for way in ways:
            try:
                await self._ferry(way).forward()
                self._outage(way).ends()
            except Exception as error:  # what somebody's link holds stops no other
                self._outage(way).goes_on(type(error).__name__)

    async def _ways(self) -> Sequence[Crossing]:
        settings, client = self._settings, self._broker.client
        if settings.federation == "hub":
            gathered = await info(client, "NATIONAL")
            names = members((gathered.config.metadata if gathered else None) or {})
            return [way for name in names for way in at_hub(settings.instance, name)]
        hub = region.hub(await info(client, "DOWN"))
        return [up(settings.instance, settings.epoch), down(hub)]

    def _ferry(self, way: Crossing) -> Ferry:
        limit = self._settings.uplink_bytes_per_day if way.stream == "UP" else 0
        return self._ferries.setdefault(way, Ferry(self._broker, way, limit))

    def _outage(self, way: Crossing | None) -> Outage:
        name = f"the way from {way.stream} to {way.into}" if way else "the broker's links"
        return self._outages.setdefault(way, Outage(log, name))
