"""A broker with the process that makes readers for the API, and connections of the readers that it made."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import nats
import orjson
from nats.aio.client import Client
from nats.errors import Error as NatsError

from deploy.local.nats import NatsServer
from deploy.reader_accounts.process import ReaderProcess
from shared.messaging.reader_requests import ASKED, PROCESS, Action, Ask, Outcome
from shared.settings import Settings
from shared.tasks import end
from tests.servers import INSTANCE, wait_for


@asynccontextmanager
async def holding(
    server: NatsServer, passwords: Mapping[str, str], look: float = 0.2
) -> AsyncIterator[ReaderProcess]:
    """The process beside `server`, ready."""
    settings = Settings(
        service=PROCESS,
        instance=INSTANCE,
        nats_url=server.url,
        nats_user=PROCESS,
        nats_password=passwords[PROCESS],
    )
    process = ReaderProcess(settings, server.readers_file, look=look)
    running = asyncio.create_task(process.run())
    try:
        await wait_for(lambda: process.ready)
        yield process
    finally:
        await end([running])


async def asked(gateway: Client, action: Action, name: str, **values: Any) -> dict[str, Any]:
    """What the process answers the gateway's user; a reader that it made as the API describes it."""
    ask = Ask(action=action, name=name, by="0" * 32, **values)
    answer = await gateway.request(ASKED, msgspec.json.encode(ask), timeout=10)
    outcome = msgspec.json.decode(answer.data, type=Outcome)
    known = outcome.record
    found = {"durable": known.durable, "inbox_prefix": known.inbox} if known is not None else {}
    return {"refused": outcome.refused, "credential": outcome.credential, **found}


async def is_taken(url: str, **credential: str) -> bool:
    """Whether a server takes a credential."""
    client = Client()
    try:
        await client.connect(url, error_cb=_silent, allow_reconnect=False, **credential)
    except NatsError:
        return False
    finally:
        await client.close()
    return True


async def _silent(_: Exception) -> None:
    """A refusal is raised, too."""


class ReaderOfApi:
    """A connection of a reader as the API describes it: what the server refused, and whether it was ended."""

    def __init__(self, url: str, made: Mapping[str, Any]) -> None:
        self.url, self.made = url, made
        self.refused: list[str] = []
        self.ended = asyncio.Event()

    async def __aenter__(self) -> "ReaderOfApi":
        self.nats: Client = await nats.connect(
            self.url,
            nkeys_seed_str=self.made["credential"],
            inbox_prefix=self.made["inbox_prefix"].encode(),
            error_cb=self._note,
            closed_cb=self._closed,
            allow_reconnect=False,
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.nats.close()

    async def is_known(self) -> bool:
        """Whether the server takes its credential."""
        return await is_taken(self.url, nkeys_seed_str=self.made["credential"])

    async def _note(self, error: Exception) -> None:
        self.refused.append(str(error))

    async def _closed(self) -> None:
        self.ended.set()

    async def next(self, stream: str) -> str:
        """The type of the next event of a stream, acknowledged."""
        pull = await self.nats.jetstream().pull_subscribe_bind(durable=self.made["durable"], stream=stream)
        (message,) = await pull.fetch(1, timeout=30)
        await message.ack_sync(timeout=5)
        return str(orjson.loads(message.data)["type"])
