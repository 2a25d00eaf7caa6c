"""A region's sign of life, every few seconds while there is a broker. One that is lost is made up by the next."""

import asyncio
import logging

import msgspec
from nats.errors import Error as NatsError

from services.gateway.broker import Broker
from services.gateway.federation import region
from services.gateway.http_client.upstream import Upstream
from shared.errors import Unavailable
from shared.federation import heartbeat
from shared.federation.protocol import heartbeat_subject
from shared.settings import Settings
from shared.telemetry.outage_log import Outage

log = logging.getLogger("steward.gateway")


class HeartbeatTimer:
    """Says to the hub how this region is."""

    def __init__(self, broker: Broker, upstream: Upstream, settings: Settings) -> None:
        self._broker = broker
        self._upstream = upstream
        self._settings = settings
        self._every = heartbeat.EVERY_METERED if settings.uplink_bytes_per_day else heartbeat.EVERY

    async def run(self) -> None:
        """Send until cancelled."""
        outage = Outage(log, "the heartbeat to the hub")
        while True:
            try:
                await self.once()
                outage.ends()
            except (Unavailable, NatsError, TimeoutError, OSError) as error:
                outage.goes_on(type(error).__name__)
            await asyncio.sleep(self._every)

    async def once(self) -> None:
        """Send one heartbeat."""
        client = self._broker.client
        found = await region.heartbeat_now(client, self._upstream, self._settings)
        await client.publish(heartbeat_subject(self._settings.instance), msgspec.json.encode(found))
        await client.flush()
