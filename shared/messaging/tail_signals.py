"""Processes of an instance tell one another which flows are recorded after all.

By plain messages of NATS, which nobody stores: what is lost costs a trace some of its spans. The subject is no
event's, so that no stream and no link carries it.
"""

import asyncio
import contextlib
import logging
from collections import deque

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from opentelemetry.trace import TracerProvider

from shared.messaging.broker import AGAIN, connect
from shared.settings import Settings
from shared.tasks import end
from shared.telemetry.light_spans import FlowProvider
from shared.telemetry.outage_log import Outage
from shared.telemetry.tail_sampling import Flows

WAITING = 1_000  # flows to tell of while the broker is away
_BYTES = 16

log = logging.getLogger("steward.tail")
log.setLevel(logging.ERROR)  # that the broker is away, the connection of the service's own work reports


def subject(instance: str) -> str:
    """Where an instance's processes tell of recorded flows."""
    return f"traces.{instance}.recorded"


async def follow(settings: Settings, provider: TracerProvider) -> None:
    """Tell of flows that this process records, and hear of those of others, until cancelled.

    On a connection of its own, which does not depend on what the service does with the broker.
    """
    if isinstance(provider, FlowProvider) and isinstance(provider.flows, Flows):
        await Signals(settings, provider.flows).run()


class Signals:
    """The two directions of one process."""

    def __init__(self, settings: Settings, flows: Flows) -> None:
        self._settings = settings
        self._flows = flows
        self._subject = subject(settings.instance)
        self._waiting: deque[int] = deque(maxlen=WAITING)
        self._news = asyncio.Event()
        flows.tell = self._tell

    async def run(self) -> None:
        """Be connected, however long that takes and however often it ends."""
        outage = Outage(log, "the broker")
        while True:
            ended = asyncio.Event()
            try:
                await self._work(await connect(self._settings, outage, ended), ended)
            except Exception as error:  # also of one that ends while it subscribes
                outage.goes_on(type(error).__name__)
            await asyncio.sleep(AGAIN)

    async def _work(self, client: Client, ended: asyncio.Event) -> None:
        sending = asyncio.create_task(self._send(client))
        try:
            await client.subscribe(self._subject, cb=self._heard)
            await ended.wait()
        finally:
            await end([sending])
            await client.close()

    def _tell(self, flow: int) -> None:
        self._waiting.append(flow)
        self._news.set()

    async def _heard(self, message: Msg) -> None:
        if len(message.data) == _BYTES:
            self._flows.record(int.from_bytes(message.data))

    async def _send(self, client: Client) -> None:
        while True:
            await self._news.wait()
            self._news.clear()
            while self._waiting:
                with contextlib.suppress(NatsError):
                    await client.publish(self._subject, self._waiting.popleft().to_bytes(_BYTES))
