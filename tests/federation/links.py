"""A hub and regions as bare nats-servers with real links: TLS both ways, NKEYs, the streams of a federation."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nats
from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.js.api import StreamState
from nats.js.errors import NotFoundError, ServiceUnavailableError

from deploy.broker.provision import ensure, provision_streams
from deploy.broker.server_settings import ADMIN, inbox_prefix
from deploy.federation.broker.leaf_configuration import SYSTEM
from deploy.federation.broker.streams import links_of, of_links
from deploy.federation.membership.hub import Hub
from deploy.federation.membership.region import Region
from deploy.federation.store.membership_store import Folder
from deploy.local.nats import NatsServer
from deploy.local.processes import free_port
from deploy.services import NAMES
from services.gateway.broker import Broker
from services.gateway.federation.bridges import Bridges
from shared.federation.protocol import api, link
from shared.settings import Settings
from shared.tasks import end
from tests.servers import durables_of, wait_for

PASSWORDS = {name: f"{name}-word" for name in (*NAMES, ADMIN)}


@dataclass
class Place:
    """One instance's server with its federation folder."""

    name: str
    folder: Path
    server: NatsServer
    clients: list[Client] = field(default_factory=list)
    admin: JetStreamContext = field(init=False)
    bridging: asyncio.Task[None] | None = None

    @classmethod
    def at(cls, folder: Path, name: str, link_port: int = 0) -> "Place":
        """Nothing is started yet."""
        folder.mkdir(parents=True, exist_ok=True)
        server = NatsServer(folder, name, PASSWORDS, link_port=link_port, durables=durables_of)
        return cls(name, folder, server)

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

    def link(self, region: str = "") -> JetStreamContext:
        """The streams in the account where a link ends, as the administrator asks for them."""
        return self.clients[0].jetstream(prefix=api(link(region)))

    def having(self, stream: str) -> JetStreamContext:
        """The streams among which one is: an uplink, and what came from a region, are where their link ends."""
        if stream.startswith("NATIONAL_"):
            return self.link(stream.removeprefix("NATIONAL_"))
        return self.link() if stream.startswith("UPLINK_") else self.admin

    async def count(self, stream: str) -> int:
        """How many messages a stream has; while the server takes over accounts, JetStream is away for a moment."""

        async def state() -> StreamState | None:
            try:
                return (await self.having(stream).stream_info(stream)).state
            except ServiceUnavailableError:
                return None

        return int((await wait_for(state)).messages)

    def reached(self, stream: str, count: int) -> Callable[[], Awaitable[bool]]:
        """To wait for: whether a stream has that many messages."""

        async def enough() -> bool:
            return await self.count(stream) >= count

        return enough

    async def holds(self, stream: str, subject: str, data: bytes) -> bool:
        """Whether the last message with a subject is this one; beats are where their region's link ends."""
        having = self.link(subject.rsplit(".", maxsplit=1)[-1]) if stream == "BEATS" else self.having(stream)
        try:
            return (await having.get_last_msg(stream, subject)).data == data
        except NotFoundError:
            return False

    def logged(self, words: str) -> Callable[[], bool]:
        """To wait for: whether the server's log has these words."""
        return lambda: words in self.server.log.read_text()

    async def provision(self, *, sources: bool = True) -> None:
        """Its streams, as its federation folder asks for; without `sources` those of its links, still alone."""
        if sources:
            await provision_streams(self.clients[0], instance=self.name, links=links_of(self.federation.path))
            return
        for prefix, configs in of_links(self.federation.path).items():
            alone = [config.evolve(sources=None) for config in configs]
            await ensure(self.clients[0].jetstream(prefix=prefix), alone)

    async def start(self) -> "Place":
        """Start the server; the administrator connects."""
        await asyncio.to_thread(self.server.start)
        self.admin = (await self.client()).jetstream()
        return self

    async def bridge(self) -> None:
        """What this place's gateway takes over crosses, until cancelled."""
        settings = self.settings()
        await Bridges(await self.gateway(settings), settings, pause=0.05).run()

    async def cross(self) -> None:
        """Once, where nothing else does it."""
        settings = self.settings()
        bridges = Bridges(await self.gateway(settings), settings)
        while await bridges.round():
            pass

    async def gateway(self, settings: Settings) -> Broker:
        """The broker as its gateway has it."""
        broker = Broker(settings)
        await broker.connect()
        self.clients.append(broker.client)
        return broker

    def settings(self, **changes: Any) -> Settings:
        """What its gateway starts with."""
        given = {
            "instance": self.name,
            "federation": self.federation.role(),
            "epoch": self.federation.epoch(),
            "nats_url": self.server.url,
            "nats_user": "gateway",
            "nats_password": PASSWORDS["gateway"],
        }
        return Settings(service="gateway", **{**given, **changes})

    def work(self) -> None:
        """Let cross what its gateway takes over."""
        self.bridging = asyncio.create_task(self.bridge())

    async def rest(self) -> None:
        """End what crosses, and all clients."""
        if self.bridging is not None:
            await end([self.bridging])
        for client in self.clients:
            await client.close()
        self.clients.clear()

    async def close(self) -> None:
        """End clients and server."""
        await self.rest()
        await asyncio.to_thread(self.server.stop)


@asynccontextmanager
async def federation(
    folder: Path,
    *names: str,
    via: int = 0,
    bridges: bool = True,
    opening: Callable[[Place], Awaitable[None]] | None = None,
) -> AsyncIterator[tuple[Place, list[Place]]]:
    """A hub and regions called `names`, linked and provisioned.

    Regions call port `via` where it is given; `opening` makes somebody listen there. A stream that
    looked in vain for its source looks again after 10 to 40 s, so that the link comes first where it can.
    """
    port = free_port()
    hub = Place.at(folder / "hub", "hub", port)
    Hub(hub.federation).init("hub", ["127.0.0.1"], via or port)
    regions = [Place.at(folder / name, name) for name in names]
    for place in regions:
        region = Region(place.federation)
        region.join(Hub(hub.federation).add(region.request(place.name)))
    try:
        for place in (hub, *regions):
            await place.start()
            await place.provision(sources=False)
        if opening is not None:
            await opening(hub)
        for place in regions if opening or not via else ():
            await wait_for(place.logged("JetStream using domains"), 30)
        for place in (hub, *regions):
            await place.provision()
            if bridges:
                place.work()
        yield hub, regions
    finally:
        for place in (hub, *regions):
            await place.close()


async def _quiet(_: Exception) -> None:
    """What a server refuses is looked at in the test."""
