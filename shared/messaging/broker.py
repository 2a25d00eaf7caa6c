"""A service's connection to NATS, with what lives on it: the relay and the consumers."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import partial

from nats.aio.client import Client
from nats.errors import StaleConnectionError

from shared.database.engine import Database
from shared.errors import Unavailable
from shared.messaging.relay import Relay
from shared.messaging.subscriber import Subscribers
from shared.messaging.subscriptions import Consumers
from shared.settings import Settings
from shared.tasks import together
from shared.telemetry.outage_log import Outage

log = logging.getLogger("steward.broker")

AGAIN = 0.5  # seconds until the next attempt to connect


class Ended(Exception):
    """A connection that its client gave up for good."""


async def connect(
    settings: Settings,
    outage: Outage | None = None,
    ended: asyncio.Event | None = None,
    back: Callable[[], Awaitable[None]] | None = None,
) -> Client:
    """A connection that never gives up: the default of 60 attempts leaves a service deaf for ever.

    But nats-py closes it for good where the server says an error that is no refusal (2.16, `_process_err`):
    `ended` is set then. `back` is awaited each time it is connected again. The inbox prefix is the user's
    own, so that no other user's permissions cover its replies.
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

    async def closed() -> None:
        if ended is not None:
            ended.set()

    await client.connect(
        settings.nats_servers(),
        user=settings.nats_user or None,
        password=settings.nats_password or None,
        name=f"{settings.instance}-{settings.service}",
        inbox_prefix=f"_INBOX_{settings.service}".encode(),
        max_reconnect_attempts=-1,
        reconnect_time_wait=AGAIN,  # type: ignore[arg-type]  # its loop takes any number of seconds
        connect_timeout=2,
        error_cb=report,
        disconnected_cb=disconnected,
        reconnected_cb=partial(_again, away, back),
        closed_cb=closed,
    )
    away.ends()
    return client


async def _again(away: Outage, back: Callable[[], Awaitable[None]] | None) -> None:
    away.ends()
    if back is not None:
        await back()


async def connected(
    settings: Settings, ended: asyncio.Event, back: Callable[[], Awaitable[None]] | None = None
) -> Client:
    """A connection, however long the broker takes; `ended` and `back` as for `connect`."""
    outage = Outage(log, "the broker")
    while True:
        try:
            return await connect(settings, outage, ended, back)
        except Exception as error:
            outage.goes_on(type(error).__name__)
            await asyncio.sleep(AGAIN)


class Broker:
    """Keeps a service's relay and consumers running; commands never wait for it."""

    def __init__(self, settings: Settings, database: Database, consumers: Consumers) -> None:
        self._settings = settings
        self._database = database
        self.consumers = consumers
        self.client: Client | None = None
        self._subscribers: Subscribers | None = None

    @property
    def connected(self) -> bool:
        """Whether events flow now."""
        return self.client is not None and self.client.is_connected

    async def run(self) -> None:
        """Connect, however long that takes, then relay and consume until cancelled."""
        while True:
            ended = asyncio.Event()
            self.client = await connected(self._settings, ended, self._back)
            try:
                await self._work(self.client, ended)
            except Ended:
                log.warning("the broker ended the connection; connecting anew")
                await asyncio.sleep(AGAIN)

    async def _back(self) -> None:
        if self._subscribers is not None:
            await self._subscribers.ask_again()

    async def _work(self, client: Client, ended: asyncio.Event) -> None:
        """Relay and consume on one connection. Raises Ended."""
        settings = self._settings
        relay = Relay(self._database, client, settings.service)
        subscriptions = self.consumers.running(hub=settings.federation == "hub")
        subscribers = Subscribers(settings.service, settings.instance, subscriptions, self._database, client)
        self._database.committed.append(relay.wake)
        try:
            await subscribers.start()
            self._subscribers = subscribers
            await together(_until(ended), relay.run())
        finally:
            self._database.committed.remove(relay.wake)
            self._subscribers = None
            await subscribers.stop()

    async def replay(self, durable: str, data: bytes) -> None:
        """Apply one event again as `durable` would; what its handler raises is raised here.

        Raises Unavailable `broker-away` where consumers never ran.
        """
        if self._subscribers is None:
            raise Unavailable("broker-away", "The broker was not reached yet.", headers={"Retry-After": "2"})
        await self._subscribers.replay(durable, data)

    async def finish(self) -> None:
        """Finish the batches at work and take no more; the relay goes on."""
        if self._subscribers is not None:
            await self._subscribers.stop()

    async def close(self) -> None:
        """Leave the broker; what was not acknowledged comes again."""
        if self.client is not None:
            await self.client.close()


async def _until(ended: asyncio.Event) -> None:
    await ended.wait()
    raise Ended
