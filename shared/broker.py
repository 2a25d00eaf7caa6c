"""A service's connection to NATS, with what lives on it: the relay and the consumers."""

import asyncio
import logging

import nats
from nats.aio.client import Client

from shared.consumers import Consumers
from shared.consuming import Runner
from shared.database import Database
from shared.relay import Relay
from shared.settings import Settings

log = logging.getLogger("steward.broker")


async def connect(settings: Settings) -> Client:
    """A connection that never gives up: the default of 60 attempts leaves a service deaf for ever.

    The inbox prefix is the user's own, so that no other user's permissions cover its replies.
    """
    return await nats.connect(
        settings.nats_servers(),
        user=settings.nats_user or None,
        password=settings.nats_password or None,
        name=f"{settings.instance}-{settings.service}",
        inbox_prefix=f"_INBOX_{settings.service}".encode(),
        max_reconnect_attempts=-1,
        reconnect_time_wait=0.5,
        connect_timeout=2,
        error_cb=_report,
        disconnected_cb=_disconnected,
    )


async def _report(error: Exception) -> None:
    # A publish that permissions refuse shows here and as a missing PubAck, nowhere else.
    log.warning("broker: %s", error if "ermission" in str(error) else type(error).__name__)


async def _disconnected() -> None:
    log.warning("broker connection lost; commands go on, the outbox holds events")


class Broker:
    """Keeps a service's relay and consumers running; commands never wait for it."""

    def __init__(self, settings: Settings, database: Database, consumers: Consumers) -> None:
        """Nothing connects before `run`."""
        self._settings = settings
        self._database = database
        self.consumers = consumers
        self.client: Client | None = None

    @property
    def connected(self) -> bool:
        """Whether events flow now."""
        return self.client is not None and self.client.is_connected

    async def run(self) -> None:
        """Connect, however long that takes, then relay and consume until cancelled."""
        while self.client is None:
            try:
                self.client = await connect(self._settings)
            except Exception as error:
                log.warning("no broker yet (%s)", type(error).__name__)
                await asyncio.sleep(0.5)
        relay = Relay(self._database, self.client, self._settings.service)
        self._database.committed.append(relay.wake)
        async with asyncio.TaskGroup() as group:
            group.create_task(relay.run())
            for subscription in self.consumers.subscriptions:
                runner = Runner(self._settings.service, subscription, self._database, self.client)
                group.create_task(runner.run())

    async def close(self) -> None:
        """Leave the broker; what was not acknowledged comes again."""
        if self.client is not None:
            await self.client.close()
