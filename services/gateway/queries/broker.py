"""The gateway's connection to the broker, and what it reads from streams without a consumer."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.errors import NoRespondersError
from nats.js.api import StreamInfo
from nats.js.errors import NotFoundError

from shared import broker
from shared.errors import Unavailable
from shared.outage import Outage
from shared.settings import Settings

log = logging.getLogger("steward.gateway")

RETRY_AFTER = {"Retry-After": "2"}


class Broker:
    """One connection for everything that the gateway asks of streams."""

    def __init__(self, settings: Settings) -> None:
        """Nothing connects before `connect`."""
        self._settings = settings
        self._client: Client | None = None

    async def connect(self) -> None:
        """Connect, however long the broker takes."""
        outage = Outage(log, "the broker")
        while self._client is None:
            try:
                self._client = await broker.connect(self._settings, outage)
            except Exception as error:
                outage.goes_on(type(error).__name__)
                await asyncio.sleep(0.5)

    async def close(self) -> None:
        """Leave the broker."""
        if self._client is not None:
            await self._client.close()

    @property
    def client(self) -> Client:
        """The connection. Raises Unavailable `broker-away`."""
        if self._client is None or not self._client.is_connected:
            raise Unavailable("broker-away", "The broker cannot be reached; try again.", headers=RETRY_AFTER)
        return self._client

    @asynccontextmanager
    async def asking(self) -> AsyncIterator[Client]:
        """Ask: whatever the broker does not answer becomes Unavailable `broker-away`."""
        try:
            yield self.client
        except (NatsError, TimeoutError) as error:
            raise Unavailable(
                "broker-away", "The broker did not answer; try again.", headers=RETRY_AFTER
            ) from error


async def info(client: Client, stream: str, subjects: str | None = None) -> StreamInfo | None:
    """A stream's settings and state, with the counts of its `subjects`; None where there is no such stream."""
    try:
        return await client.jetstream().stream_info(stream, subjects_filter=subjects)
    except NotFoundError:
        return None


async def message(client: Client, stream: str, **asked: Any) -> Msg | None:
    """One message of a stream that is made for direct reading, None where there is none such.

    `asked` is `seq`, `last_by_subj`, `next_by_subj` or `start_time`, as JetStream has them.
    """
    try:
        found = await client.request(f"$JS.API.DIRECT.GET.{stream}", json.dumps(asked).encode(), timeout=5)
    except NoRespondersError:
        return None  # no such stream, or none for direct reading
    return None if (found.headers or {}).get("Status") else found


def sequence(found: Msg | None) -> int:
    """Sequence of a message that was read directly, 0 for none."""
    return int((found.headers or {}).get("Nats-Sequence", 0)) if found else 0
