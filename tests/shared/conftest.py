"""The probe service on real servers."""

import io
import json
import logging
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any
from uuid import uuid4

import nats
import pytest
import pytest_asyncio
import sqlalchemy as sa
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import create_async_engine

from deploy import database
from deploy.broker import provision
from deploy.broker.server_settings import ADMIN
from services.gateway.main import create
from shared.database.engine import Database
from shared.settings import Settings
from shared.telemetry import logs
from tests.served import Client, serving
from tests.servers import INSTANCE, PASSWORDS, Databases
from tests.shared import probe
from tests.shared.directory import directory_probe

Failing = Callable[[str], None]
PEPPER = "pepper-of-the-tests"


async def fresh_database(databases: Databases, metadata: sa.MetaData) -> str:
    """URL of a new database with the tables of `metadata`."""
    name = f"probe_{uuid4().hex[:8]}"
    server = databases.server.url()
    await database.create_database(server, name)
    url = f"{server.rpartition('/')[0]}/{name}"
    engine = create_async_engine(url.replace("postgresql://", "postgresql+asyncpg://"))
    async with engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
    await engine.dispose()
    return url


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def directory_database(databases) -> AsyncIterator[Database]:
    """A database with the directory projection."""
    url = await fresh_database(databases, directory_probe.metadata)
    opened = Database(Settings(service="planning", database_url=url))
    yield opened
    await opened.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def probe_settings(databases, nats_url, issuer, jwks_path) -> Settings:
    url = await fresh_database(databases, probe.metadata)
    client = await nats.connect(nats_url, user=ADMIN, password=PASSWORDS[ADMIN])
    durables = probe.consumers(lambda _: None).durables(INSTANCE)
    await provision.provision_durables(client.jetstream(), durables)
    await client.close()
    return Settings(
        service="planning",
        instance=INSTANCE,
        mode="local",
        database_url=url,
        nats_url=nats_url,
        nats_user="planning",
        nats_password=PASSWORDS["planning"],
        oidc_issuer=issuer.name,
        oidc_jwks_url=jwks_path.as_uri(),
        subject_pepper=PEPPER,
    )


class Probe:
    """The running probe; `failing` may be replaced by a test."""

    def __init__(self) -> None:
        self.failing: Failing = lambda _: None
        self.client: Client
        self.app: FastAPI

    def fail(self, activity_id: str) -> None:
        self.failing(activity_id)

    async def notes(self) -> list[str]:
        async with self.app.state.database.transaction() as connection:
            rows = await connection.fetch("select text from note order by note_id")
        return [row["text"] for row in rows]

    async def heard(self) -> list[str]:
        async with self.app.state.database.transaction() as connection:
            return [row["text"] for row in await connection.fetch("select text from heard order by id")]

    async def sql(self, statement: str, *values):
        async with self.app.state.database.transaction() as connection:
            return await connection.fetchval(statement, *values)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running(probe_settings: Settings, token: Callable[..., str]) -> AsyncIterator[Probe]:
    state = Probe()
    state.app = probe.create(probe_settings, state.fail)
    async with serving(state.app) as client:
        state.client = client.using(token("leader", units=("N-1",), subject="ama"))
        yield state


@pytest_asyncio.fixture(loop_scope="module")
async def clean(running: Probe) -> Probe:
    """The probe without notes, keys and failures.

    Its relay and consumers go on meanwhile, so the tables are emptied row by row: a truncate would
    lock all of them in an order of its own.
    """
    running.failing = lambda _: None
    async with running.app.state.database.transaction() as connection:
        for table in ("outbox", "inbox", "poison", "replay", "idempotency", "note", "heard"):
            await connection.execute(f"delete from {table}")
        await connection.execute("alter table note alter column note_id restart")
    return running


@pytest_asyncio.fixture(loop_scope="module")
async def ops(clean, probe_settings, token):
    """The gateway before the probe, called by an operator."""
    changes = {
        "service": "gateway",
        "nats_user": "gateway",
        "nats_password": PASSWORDS["gateway"],
        "services": {"planning": clean.client.url},
    }
    async with serving(create(probe_settings.model_copy(update=changes))) as client:
        yield client.using(token("ops"))


@pytest_asyncio.fixture(loop_scope="module")
async def dead_letter_stream(nats_url):
    client = await nats.connect(nats_url, user=ADMIN, password=PASSWORDS[ADMIN])
    await client.jetstream().purge_stream("DLQ")
    yield client.jetstream()
    await client.close()


@pytest.fixture
def seen() -> Iterator[Callable[[], list[dict[str, Any]]]]:
    """The lines that are logged from now on, decoded."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logs.Json("planning", INSTANCE))
    root = logging.getLogger()
    root.addHandler(handler)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    root.removeHandler(handler)
