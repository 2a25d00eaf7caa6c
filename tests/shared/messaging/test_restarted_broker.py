"""A broker that was restarted has forgotten what it was asked: its consumers ask again at once."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial

import nats
import pytest_asyncio

from deploy.broker import provision
from deploy.broker.server_settings import ADMIN
from deploy.local.nats import NatsServer
from shared.database.engine import Database
from shared.messaging import outbox
from tests.served import serving
from tests.servers import INSTANCE, PASSWORDS, durables_of, fresh_streams, temporary_folder, wait_for
from tests.shared import probe
from tests.shared.builders import started


@pytest_asyncio.fixture
async def broker() -> AsyncIterator[NatsServer]:
    """A server of this module's own, with what the probe reads by."""
    server = NatsServer(temporary_folder(), INSTANCE, PASSWORDS, durables=durables_of)
    server.start()
    await fresh_streams(server)
    admin = await nats.connect(server.url, user=ADMIN, password=PASSWORDS[ADMIN])
    await provision.provision_durables(admin.jetstream(), probe.consumers(lambda _: None).durables(INSTANCE))
    await admin.close()
    yield server
    server.stop()


async def publish(database: Database, activity_id: str) -> None:
    async with database.session() as session:
        await outbox.add(session, started(activity_id), aggregate_id=activity_id, version=1)


async def heard(database: Database, count: int) -> bool:
    async with database.transaction() as connection:
        return bool(await connection.fetchval("select count(*) = $1 from heard", count))


async def test_what_it_forgot_is_not_waited_for(broker: NatsServer, probe_settings):
    """A request's time is 5 s, and the one that is forgotten has just begun."""
    app = probe.create(probe_settings.model_copy(update={"nats_url": broker.url}))
    async with serving(app):
        database = app.state.database
        await publish(database, "a-1")
        await wait_for(partial(heard, database, 1))
        client = app.state.broker.client
        await asyncio.to_thread(broker.stop)
        await asyncio.to_thread(broker.start)
        await wait_for(lambda: client.stats["reconnects"] == 1)
        await publish(database, "a-2")
        await wait_for(partial(heard, database, 2), timeout=3)
