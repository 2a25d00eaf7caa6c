"""Real servers for tests: one PostgreSQL and one nats-server per test process, fresh data per module."""

import asyncio
import inspect
import os
import tempfile
import time
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, Protocol, TypeVar
from uuid import uuid4

import asyncpg
import nats
import psutil
from nats.js import JetStreamContext
from nats.js.errors import NotFoundError

from deploy import database
from deploy.broker import provision
from deploy.broker.durables import of_service
from deploy.broker.server_settings import ADMIN, ERASER, STREAMS
from deploy.data_folder.contents import remove
from deploy.local.nats import NatsServer
from deploy.local.postgres import PostgresServer
from deploy.local.processes import private_folder
from deploy.services import NAMES as SERVICES
from deploy.services import owners
from shared.messaging.subscriptions import Durable

T = TypeVar("T")
INSTANCE = "north"
PREFIX = "steward-test-"
SELDOM = 0.25  # seconds between two looks at what takes long
PASSWORDS = {name: f"{name}-secret" for name in (*SERVICES, ERASER, ADMIN)}


class Postgres(Protocol):
    """A PostgreSQL for tests, wherever it runs."""

    def url(self, database: str = ..., user: str = ..., password: str | None = ...) -> str: ...

    def start(self) -> None: ...

    def stop(self) -> None: ...


class Nats(Protocol):
    """A nats-server for tests, wherever it runs."""

    @property
    def url(self) -> str: ...

    def start(self) -> None: ...

    def stop(self) -> None: ...


# Durables that tests declare for probes, beside those of the services: a broker refuses a name it was not told.
PROBES = {
    "planning": [
        Durable("LOCAL", "planning-planning-activity-started-v1", ""),
        Durable("DOWN", "planning-planning-catalogue-published-v2", ""),
    ],
    "registry": [Durable("NATIONAL", "registry-national-registry-headcounts-computed-v2", "")],
}


def durables_of(service: str) -> list[Durable]:
    """What `service` may read by on a test's broker."""
    return [*of_service(service), *PROBES.get(service, ())]


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end on a loop of its own, also below a running loop."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, coroutine).result()


def temporary_folder() -> Path:
    """A folder that PostgreSQL's own user can reach too, unlike pytest's."""
    folder = private_folder(Path(tempfile.mkdtemp(prefix=PREFIX)))
    (folder / "owner").write_text(str(os.getpid()))
    return folder


def sweep() -> None:
    """End the servers and remove the folders of test processes that were killed."""
    for owner in Path(tempfile.gettempdir()).glob(f"{PREFIX}*/owner"):
        with suppress(OSError, ValueError):  # another process may be sweeping too
            if not psutil.pid_exists(int(owner.read_text())):
                PostgresServer(owner.parent, "").end_stray()
                NatsServer(owner.parent, INSTANCE, PASSWORDS).end_stray()
                remove(owner.parent)


async def wait_for(
    condition: Callable[[], T | Awaitable[T]], timeout: float = 10.0, every: float = 0.02
) -> T:
    """The first true value of `condition` (plain or async); AssertionError after `timeout` seconds.

    It is asked after `every` seconds, then more and more rarely, down to `SELDOM`: what takes long needs no
    fifty looks a second, each of which may be a question to a server.
    """
    deadline = time.monotonic() + timeout
    while True:
        value = condition()
        if inspect.isawaitable(value):
            value = await value
        if value:
            return value
        if time.monotonic() > deadline:
            lines = inspect.getsource(getattr(condition, "func", condition)).strip().splitlines()
            raise AssertionError(f"still {value!r} after {timeout} s: {lines[0]}")
        await asyncio.sleep(every)
        every = max(every, min(every * 1.2, SELDOM))


class Databases:
    """Fresh databases on one server, each a copy of a template that is migrated once a service."""

    def __init__(self, server: Postgres) -> None:
        """Make the roles; templates are made when a service is first asked for."""
        self.server = server
        self._templates: set[str] = set()
        run(database.create_roles(server.url(), {name: PASSWORDS[name] for name in SERVICES}))

    def fresh(self, service: str) -> str:
        """URL of a new database with the migrated, empty schema of `service`, as its own role."""
        template = f"template_{service}"
        if service not in self._templates:
            run(self._make_template(service, template))
            self._templates.add(service)
        name = f"test_{service}_{uuid4().hex[:12]}"
        run(self._copy(service, name, template))
        return self._url(service, name)

    def drop(self, url: str) -> None:
        """Drop a database, whoever is still connected to it."""
        run(self._drop(url.rpartition("/")[2]))

    def _url(self, service: str, name: str) -> str:
        return database.service_url(self.server.url(), name, service, PASSWORDS[service])

    async def _make_template(self, service: str, template: str) -> None:
        await database.create_database(self.server.url(), template)
        await database.create_schemas(self.server.url(), template, [service])
        if service in owners():
            await database.migrate(service, self._url(service, template))

    async def _copy(self, service: str, name: str, template: str) -> None:
        await database.create_database(self.server.url(), name, template)
        await database.create_schemas(self.server.url(), name, [service])

    async def _drop(self, name: str) -> None:
        connection = await asyncpg.connect(self.server.url())
        try:
            await connection.execute(f'drop database if exists "{name}" with (force)')
        finally:
            await connection.close()


async def fresh_streams(server: Nats) -> None:
    """Streams as provisioned, and empty: without messages, durables or remembered message ids."""
    client = await nats.connect(server.url, user=ADMIN, password=PASSWORDS[ADMIN])
    try:
        await new_streams(client.jetstream(), STREAMS, partial(provision.provision_streams, client))
    finally:
        await client.close()


async def new_streams(
    jetstream: JetStreamContext, names: Sequence[str], make: Callable[[], Awaitable[object]]
) -> None:
    """The streams `names`, deleted where they are, and made by `make`.

    nats-server removes a deleted stream's folder a little later, and so that of an account's streams after the
    last one: a stream that is made meanwhile fails, hence the one that stays. And one that is deleted while the
    folder of its last namesake is still there comes back with its messages: it is deleted again.
    """
    stays = f"STAYS_{uuid4().hex}"
    await jetstream.add_stream(name=stays, subjects=[stays])

    async def empty() -> bool:
        for name in names:
            with suppress(NotFoundError):
                await jetstream.delete_stream(name)
        await make()
        return not any([(await jetstream.stream_info(name)).state.last_seq for name in names])

    await wait_for(empty, 30)
    await jetstream.delete_stream(stays)


async def fresh_durables(server: Nats, service: str) -> None:
    """The durable consumers that `service` declares."""
    client = await nats.connect(server.url, user=ADMIN, password=PASSWORDS[ADMIN])
    try:
        durables = provision.declared(service, INSTANCE)
        await provision.provision_durables(client.jetstream(), durables)
    finally:
        await client.close()
