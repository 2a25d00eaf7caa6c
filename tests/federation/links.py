"""A hub and regions as bare nats-servers with real links: TLS both ways, NKEYs, the streams of a federation."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import nats
from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.js.api import StreamState
from nats.js.errors import NotFoundError, ServiceUnavailableError

from deploy.federation.folder import Folder
from deploy.federation.hub import Hub
from deploy.federation.joining import SYSTEM
from deploy.federation.region import Region
from deploy.local.nats import ADMIN, NatsServer, inbox_prefix
from deploy.local.processes import free_port
from deploy.provision import provision_streams
from deploy.services import NAMES
from tests.federation.wiretap import Line
from tests.servers import wait_for

PASSWORDS = {name: f"{name}-word" for name in (*NAMES, ADMIN)}


@dataclass
class Place:
    """One instance's server with its federation folder."""

    name: str
    folder: Path
    server: NatsServer
    clients: list[Client] = field(default_factory=list)
    admin: JetStreamContext = field(init=False)

    @classmethod
    def at(cls, folder: Path, name: str, link_port: int = 0) -> "Place":
        """Nothing is started yet."""
        folder.mkdir(parents=True, exist_ok=True)
        return cls(name, folder, NatsServer(folder, name, PASSWORDS, link_port=link_port))

    @property
    def federation(self) -> Folder:
        """Its federation folder."""
        return Folder(self.folder / "federation")

    async def client(self, user: str = ADMIN) -> Client:
        """A connection as `user`."""
        password = PASSWORDS[ADMIN] if user == SYSTEM else PASSWORDS[user]
        client = await nats.connect(
            self.server.url, user=user, password=password, max_reconnect_attempts=-1,
            reconnect_time_wait=0.2, inbox_prefix=inbox_prefix(user).encode(), error_cb=_quiet,
        )  # fmt: skip
        self.clients.append(client)
        return client

    async def jetstream(self) -> JetStreamContext:
        """Streams as the administrator."""
        return (await self.client()).jetstream()

    async def count(self, stream: str) -> int:
        """How many messages a stream has; while the server takes over accounts, JetStream is away for a moment."""

        async def state() -> StreamState | None:
            try:
                return (await self.admin.stream_info(stream)).state
            except ServiceUnavailableError:
                return None

        return int((await wait_for(state)).messages)

    def reached(self, stream: str, count: int) -> Callable[[], Awaitable[bool]]:
        """To wait for: whether a stream has that many messages."""

        async def enough() -> bool:
            return await self.count(stream) >= count

        return enough

    async def holds(self, stream: str, subject: str, data: bytes) -> bool:
        """Whether the last message with a subject is this one."""
        try:
            return (await self.admin.get_last_msg(stream, subject)).data == data
        except NotFoundError:
            return False

    def logged(self, words: str) -> Callable[[], bool]:
        """To wait for: whether the server's log has these words."""
        return lambda: words in self.server.log.read_text()

    async def provision(self) -> None:
        """Its streams, as its federation folder asks for."""
        await provision_streams(self.admin, instance=self.name, federation=self.federation.path)

    async def start(self) -> "Place":
        """Start the server; the administrator connects."""
        await asyncio.to_thread(self.server.start)
        self.admin = await self.jetstream()
        return self

    async def close(self) -> None:
        """End clients and server."""
        for client in self.clients:
            await client.close()
        await asyncio.to_thread(self.server.stop)


@asynccontextmanager
async def federation(
    folder: Path, *names: str, via: int = 0, line: Line | None = None
) -> AsyncIterator[tuple[Place, list[Place]]]:
    """A hub and regions called `names`, linked and provisioned; regions call port `via` where it is given.

    A `line` from there to the hub stands before the hub's streams are made: one that finds no region to
    read from looks again after up to 40 s.
    """
    port = free_port()
    hub = Place.at(folder / "hub", "hub", port)
    Hub(hub.federation).init("hub", ["127.0.0.1"], via or port)
    regions = [Place.at(folder / name, name) for name in names]
    for place in regions:
        region = Region(place.federation)
        region.join(Hub(hub.federation).add(region.request(place.name)))
    try:
        await hub.start()
        if line is None:
            await hub.provision()
        else:
            line.hub_port = port
            await line.open()
        for place in regions:
            await place.start()
            await place.provision()
        if line is not None:
            await wait_for(lambda: all(b"CONNECT" in line.passed[name] for name in names), 60)
            await hub.provision()
        yield hub, regions
    finally:
        for place in (hub, *regions):
            await place.close()


async def _quiet(_: Exception) -> None:
    """What a server refuses is looked at in the test."""
