"""A region watches its link to the hub, and logs when it is lost and when it is back."""

import asyncio
import logging
import time

from nats.errors import Error as NatsError

from services.gateway.broker import Broker
from services.gateway.federation import own_link
from shared.errors import Unavailable
from shared.telemetry.outage_log import Outage

log = logging.getLogger("steward.gateway")

EVERY = 5.0  # seconds


class LinkWatch:
    """Whether the link to the hub is up, as it was seen last."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker
        self._outage = Outage(log, "the link to the hub")
        self._begun = time.monotonic()
        self.state: str | None = None  # None: not seen yet, or the region's own broker does not answer

    async def run(self) -> None:
        """Watch until cancelled."""
        while True:
            await self.once()
            await asyncio.sleep(EVERY)

    async def once(self) -> None:
        """Look once. At a start the hub has time to be heard; what our own broker lacks other lines say."""
        try:
            seconds = await own_link.heard(self._broker.client)
        except (Unavailable, NatsError, TimeoutError, OSError):
            self.state = None
            return
        self.state = own_link.state(seconds)
        if self.state == own_link.OK:
            self._outage.ends()
        elif seconds is not None:
            self._outage.goes_on(f"the hub was heard {seconds:.0f} s ago; events wait here")
        elif time.monotonic() - self._begun > own_link.SILENT:
            self._outage.goes_on("the hub was not heard since this broker started; events wait here")
