"""One instance of a federation as a whole stack of real processes: started, killed, asked, backed up."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg
import nats
from nats.aio.client import Client

from deploy.broker.server_settings import ADMIN
from deploy.data_folder.settings import LocalSettings
from deploy.demo import registering
from deploy.demo.api import Api
from deploy.demo.run import Run
from deploy.local.processes import free_port
from deploy.local.stack import DATABASE, Stack
from deploy.local.supervisor import Supervisor
from deploy.services import owners
from tests.connections import AWAY, Connections
from tests.servers import wait_for

PATIENCE = 120.0  # seconds in which a busy machine starts again what was killed


@dataclass
class Instance:
    """One stack under its supervisor."""

    name: str
    stack: Stack
    supervisor: Supervisor = field(init=False)
    watching: "asyncio.Task[None]" = field(init=False)
    run: Run | None = None
    api: Api | None = None
    connections: Connections = field(default_factory=Connections)

    @property
    def folder(self) -> Path:
        return self.stack.folder

    async def start(self) -> None:
        self.stack.lock()
        await self.stack.start()
        children = {"postgres": self.stack.postgres, "nats": self.stack.nats, **self.stack.services}
        self.supervisor = Supervisor(children, lambda _: None, self.stack.threads)
        self.watching = asyncio.create_task(self.supervisor.watch())

    async def stop(self) -> None:
        self.connections.end()
        self.watching.cancel()
        await asyncio.gather(self.watching, return_exceptions=True)
        await asyncio.to_thread(self.stack.stop)

    async def kill(self, names: Collection[str] = ()) -> None:
        """kill -9 of these processes, or all, at once; waits until the supervisor has them running again."""
        children = self.supervisor._children
        chosen = {name: children[name].pid for name in names or children}
        for pid in chosen.values():
            assert pid is not None
            os.kill(pid, signal.SIGKILL)
        await wait_for(lambda: all(children[name].pid not in (None, pid) for name, pid in chosen.items()), 60)

    async def rows(self, service: str, statement: str, *values: object) -> list[asyncpg.Record]:
        """Rows of a service's own database, as soon as it is up."""

        async def answer() -> tuple[list[asyncpg.Record]] | None:
            try:
                return (await self.connections.fetch(self.stack.database_url(service), statement, *values),)
            except AWAY:
                return None

        (found,) = await wait_for(answer, 60, every=0.2)
        return found

    async def count(self, service: str, statement: str, *values: object) -> int:
        (row,) = await self.rows(service, statement, *values)
        return int(row[0])

    async def moved(self) -> tuple[int, ...] | None:
        """How much was sent and applied so far, in one question; None while the database is down."""
        counts = [
            f"(select count(*) from {name}.{table})" for name in owners() for table in ("outbox", "inbox")
        ]
        try:
            (found,) = await self.connections.fetch(
                self.stack.postgres.url(DATABASE), f"select {', '.join(counts)}"
            )
        except (OSError, asyncpg.PostgresError):
            return None
        return tuple(found)

    async def sign_in(self) -> None:
        """A new session at the gateway, which may listen elsewhere after a new start."""
        assert self.run is not None
        if self.api is not None:
            await self.api.__aexit__(None, None, None)
        self.api = self.asked()
        self.run.api = await self.api.__aenter__()

    def asked(self) -> Api:
        """A session at the gateway that outlasts a fault."""
        return Api(self.stack.gateway_url, self.stack.token, units=(registering.ROOT,), patience=PATIENCE)

    def again(self) -> None:
        """After `stop`: the same instance as a new stack on its folder."""
        self.stack = Stack(self.stack.settings, lambda _: None)


@asynccontextmanager
async def broker(region: Instance) -> AsyncIterator[Client]:
    """A region's broker, as its administrator."""
    server = region.stack.nats
    client = await nats.connect(server.url, user=ADMIN, password=region.stack.secrets[ADMIN])
    try:
        yield client
    finally:
        await client.close()


def local_stack(folder: Path, name: str) -> Stack:
    settings = LocalSettings(
        folder=folder / name, instance=name, gateway_port=free_port(), postgres_port=free_port(),
        nats_port=free_port(), traces_port=free_port(), metrics_port=free_port(), trace_ratio=0.1,
    )  # fmt: skip
    return Stack(settings, lambda _: None)
