"""A service's connection to NATS, with what lives on it: the relay and the consumers."""

import asyncio
import logging

from nats.aio.client import Client
from nats.errors import StaleConnectionError

from shared.consumers import Consumers
from shared.consuming import Runner
from shared.database import Database
from shared.ending import together
from shared.outage import Outage
from shared.relay import Relay
from shared.settings import Settings

log = logging.getLogger("steward.broker")


async def connect(settings: Settings, outage: Outage | None = None) -> Client:
    """A connection that never gives up: the default of 60 attempts leaves a service deaf for ever.

    The inbox prefix is the user's own, so that no other user's permissions cover its replies.
    """
    client, away = Client(), outage or Outage(log, "the broker")

    async def report(error: Exception) -> None:
        # A publish that permissions refuse shows here and as a missing PubAck, nowhere else.
        reason = str(error) if "ermission" in str(error) else type(error).__name__
        if not client.is_connected:
            away.goes_on(reason)  # every attempt to connect ends in here, two a second
        elif not isinstance(error, OSError | StaleConnectionError):  # those end in `disconnected`
            log.warning("broker: %s", reason)

    async def disconnected() -> None:
        if not client.is_closed:
            away.goes_on("connection lost; commands go on, the outbox holds events")

    async def reconnected() -> None:
        away.ends()

    await client.connect(
        settings.nats_servers(),
        user=settings.nats_user or None,
        password=settings.nats_password or None,
        name=f"{settings.instance}-{settings.service}",
        inbox_prefix=f"_INBOX_{settings.service}".encode(),
        max_reconnect_attempts=-1,
        reconnect_time_wait=0.5,  # type: ignore[arg-type]  # its loop takes any number of seconds
        connect_timeout=2,
        error_cb=report,
        disconnected_cb=disconnected,
        reconnected_cb=reconnected,
    )
    away.ends()
    return client


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
        outage = Outage(log, "the broker")
        while self.client is None:
            try:
                self.client = await connect(self._settings, outage)
            except Exception as error:
                outage.goes_on(type(error).__name__)
                await asyncio.sleep(0.5)
        relay = Relay(self._database, self.client, self._settings.service)
        self._database.committed.append(relay.wake)
        runners = [
            Runner(self._settings.service, subscription, self._database, self.client)
            for subscription in self.consumers.running(hub=self._settings.federation == "hub")
        ]
        await together(relay.run(), *(runner.run() for runner in runners))

    async def close(self) -> None:
        """Leave the broker; what was not acknowledged comes again."""
        if self.client is not None:
            await self.client.close()
