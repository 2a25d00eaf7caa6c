"""Faults of FastStream that Steward works around. A failure here says that one is mended: drop the way round."""

import asyncio
import gc
from collections.abc import AsyncIterator

import nats
import pytest
import pytest_asyncio
from faststream.nats import JStream, NatsBroker, PullSub
from nats.js.api import ConsumerConfig

from deploy.broker.server_settings import ADMIN, inbox_prefix
from deploy.local.nats import NatsServer
from deploy.local.processes import free_port
from shared.database.engine import Database
from shared.messaging.broker import Broker
from shared.messaging.subscriptions import Consumers
from shared.tasks import end
from tests.servers import INSTANCE, PASSWORDS, temporary_folder, wait_for

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    # nats-py drops the socket of an attempt to reconnect that the server refused without closing it
    pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning"),
    pytest.mark.filterwarnings("ignore:loop is closed:ResourceWarning"),
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server() -> AsyncIterator[NatsServer]:
    """A server of this module's own, to be restarted."""
    found = NatsServer(temporary_folder(), INSTANCE, PASSWORDS, free_port())
    found.start()
    yield found
    found.stop()
    await wait_for(lambda: not dropped(found.port))


def dropped(port: int) -> list[asyncio.Transport]:
    """Sockets to the server that nobody closed and nobody uses any more."""
    gc.collect()
    found = [one for one in gc.get_objects() if isinstance(one, asyncio.Transport)]
    return [one for one in found if (one.get_extra_info("peername") or (None, None))[1] == port]


def named(url: str, user: str) -> str:
    """The server's address with a user's credentials."""
    return url.replace("//", f"//{user}:{PASSWORDS[user]}@")


async def refuse(server: NatsServer, user: str) -> None:
    """Restart the server with another password for `user`."""
    await asyncio.to_thread(server.stop)
    server.passwords = {**PASSWORDS, user: "changed"}
    await asyncio.to_thread(server.start)


async def admit(server: NatsServer) -> None:
    """Restart it with everybody's own password."""
    await asyncio.to_thread(server.stop)
    server.passwords = PASSWORDS
    await asyncio.to_thread(server.start)


async def test_a_refusal_while_reconnecting_ends_the_reconnecting_of_faststreams_own_connection(server):
    broker = NatsBroker(
        named(server.url, "planning"), max_reconnect_attempts=-1,
        reconnect_time_wait=0.05, inbox_prefix=inbox_prefix("planning").encode(), logger=None,
    )  # fmt: skip
    await broker.connect()
    client = broker.connection
    await refuse(server, "planning")
    await wait_for(lambda: client._reconnection_task and client._reconnection_task.done())
    error = client._reconnection_task.exception()
    assert "Authorization Violation" in str(error), (
        "FastStream mended it: shared/messaging/subscriber.py, _Connected"
    )
    assert not client.is_connected
    assert not client.is_closed
    await client.close()
    await admit(server)


async def test_it_does_not_end_ours(server, probe_settings):
    settings = probe_settings.model_copy(update={"nats_url": server.url})
    database = Database(settings)
    kept = Broker(settings, database, Consumers("planning"))
    running = asyncio.create_task(kept.run())
    await wait_for(lambda: kept.connected)
    await refuse(server, "planning")
    await wait_for(lambda: server.log.read_text().count("authentication error") > 2)
    assert not kept.connected
    await admit(server)
    await wait_for(lambda: kept.connected)
    await end([running])
    await kept.close()
    await database.close()


async def test_faststream_asks_for_a_missing_durable_without_a_pause(server):
    admin = await nats.connect(named(server.url, ADMIN))
    await admin.jetstream().add_stream(name="ASKED", subjects=["asked.>"])
    broker = NatsBroker(named(server.url, ADMIN), logger=None)

    @broker.subscriber(
        "asked.x", durable="asked", stream=JStream("ASKED", declare=False), config=ConsumerConfig(),
        pull_sub=PullSub(1, batch=True, timeout=1),
    )  # fmt: skip
    async def take(_: list[bytes]) -> None: ...

    await broker.start()
    await admin.jetstream().delete_consumer("ASKED", "asked")
    before = broker.connection.stats["out_msgs"]
    try:
        await wait_for(lambda: broker.connection.stats["out_msgs"] - before > 100)
    except AssertionError:
        pytest.fail("FastStream mended it: shared/messaging/pulling.py, Patient")
    finally:
        await broker.stop()
        await admin.close()
