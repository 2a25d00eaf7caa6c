"""Subscribers on a real server: a stop leaves nothing behind, a durable that is missing costs next to nothing."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from functools import partial
from uuid import uuid4

import nats
import pytest
import pytest_asyncio
from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.js.api import ConsumerInfo

from deploy.broker import provision
from deploy.broker.server_settings import ADMIN, inbox_prefix
from deploy.local.processes import free_port
from shared.database.engine import Database
from shared.events import envelope
from shared.events.planning import ActivityCompleted
from shared.messaging.pulling import BATCH
from shared.messaging.subscriber import GRACE_SECONDS, Subscribers
from shared.messaging.subscriptions import Batch, Consumers, Session
from shared.settings import Settings
from tests.servers import INSTANCE, PASSWORDS, wait_for
from tests.shared import probe
from tests.shared.builders import MOMENT, completed
from tests.shared.conftest import fresh_database

pytestmark = pytest.mark.asyncio(loop_scope="module")

DURABLE = "planning-planning-activity-completed-v1"
SUBJECT = completed().subject(INSTANCE)


class Reader:
    """One consumer whose handler waits until it may go on."""

    def __init__(self, database: Database, client: Client, admin: JetStreamContext) -> None:
        self.database, self.client, self.admin = database, client, admin
        self.begun, self.may = asyncio.Event(), asyncio.Event()
        self.heard: list[str] = []
        self.ending: list[BaseException] = []  # what the next deliveries end with
        self.size = 0  # of the batch at work
        consumers = Consumers("planning")
        consumers.batch(ActivityCompleted)(self.take)
        self.durables = consumers.durables(INSTANCE)
        self.subscribers = Subscribers("planning", INSTANCE, consumers.subscriptions, database, client)

    async def take(self, session: Session, events: Batch[ActivityCompleted]) -> None:
        self.size = len(events)
        self.begun.set()
        await self.may.wait()
        if self.ending:
            raise self.ending.pop()
        self.heard += [event.data.activity_id for event in events]

    async def publish(self, count: int) -> None:
        """Events straight into the stream."""
        for number in range(count):
            event_id, data = str(uuid4()), completed(f"a-{number}")
            event = envelope.Envelope(
                id=event_id, source=f"/steward/{INSTANCE}/planning", type=data.type(), subject=data.activity_id,
                time=MOMENT, data=data, instance=INSTANCE, aggregateversion=1,
            )  # fmt: skip
            await self.admin.publish(SUBJECT, envelope.encode(event), headers={"Nats-Msg-Id": event_id})

    async def info(self) -> ConsumerInfo:
        return await self.admin.consumer_info("LOCAL", DURABLE)

    async def waiting(self) -> tuple[int, int]:
        """Delivered but not acknowledged, and not delivered yet."""
        found = await self.info()
        return found.num_ack_pending or 0, found.num_pending or 0


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def database(databases) -> AsyncIterator[Database]:
    opened = Database(
        Settings(service="planning", database_url=await fresh_database(databases, probe.metadata))
    )
    yield opened
    await opened.close()


@pytest_asyncio.fixture(loop_scope="module")
async def reader(database: Database, nats_url: str) -> AsyncIterator[Reader]:
    admin = await nats.connect(nats_url, user=ADMIN, password=PASSWORDS[ADMIN])
    client = await nats.connect(
        nats_url,
        user="planning",
        password=PASSWORDS["planning"],
        inbox_prefix=inbox_prefix("planning").encode(),
    )
    jetstream = admin.jetstream()
    await jetstream.purge_stream("LOCAL")
    found = Reader(database, client, jetstream)
    await provision.provision_durables(jetstream, found.durables)
    yield found
    found.may.set()
    await found.subscribers.stop()
    await client.close()
    await jetstream.delete_consumer("LOCAL", DURABLE)
    await admin.close()


async def test_a_stop_in_the_middle_of_a_batch_finishes_it_and_leaves_the_rest_to_others(reader: Reader):
    await reader.publish(600)
    await reader.subscribers.start()
    await wait_for(reader.begun.is_set)
    await wait_for(partial(_delivered, reader, reader.size + 1))  # some of the next batch are here too
    stopping = asyncio.create_task(reader.subscribers.stop())
    assert not (await asyncio.wait([stopping], timeout=0.2))[0]
    reader.may.set()
    await stopping
    assert 1 < reader.size <= BATCH
    assert reader.heard == [f"a-{number}" for number in range(reader.size)]
    replica = await reader.admin.pull_subscribe_bind(DURABLE, "LOCAL")
    begun = asyncio.get_running_loop().time()
    left = [message for _ in range(600 - reader.size) for message in await replica.fetch(1, timeout=5)]
    assert (
        asyncio.get_running_loop().time() - begun < 15
    )  # not after 30 s, when they would come by themselves
    assert len({message.metadata.sequence.stream for message in left}) == 600 - reader.size
    for message in left:
        await message.ack_sync()
    assert await reader.waiting() == (0, 0)


async def _delivered(reader: Reader, count: int) -> bool:
    return (await reader.waiting())[0] >= count


async def test_a_stop_waits_no_longer_than_its_grace(reader: Reader, monkeypatch):
    """What was not finished goes to another replica at once."""
    monkeypatch.setattr(reader.subscribers.broker.config.broker_config, "graceful_timeout", 0.1)
    await reader.publish(3)
    await reader.subscribers.start()
    await wait_for(reader.begun.is_set)
    await reader.subscribers.stop()
    assert (reader.heard, await reader.waiting()) == ([], (3, 0))
    replica = await reader.admin.pull_subscribe_bind(DURABLE, "LOCAL")
    left = [message for _ in range(3) for message in await replica.fetch(1, timeout=5)]
    assert [message.metadata.num_delivered for message in left] == [2, 2, 2]


async def test_a_stop_while_the_database_is_away_gives_back_what_waits_for_it(reader: Reader, caplog):
    consumers = Consumers("planning")
    consumers.batch(ActivityCompleted)(reader.take)
    away = Database(Settings(service="planning", database_url=f"postgresql://x@127.0.0.1:{free_port()}/x"))
    waiting = Subscribers("planning", INSTANCE, consumers.subscriptions, away, reader.client)
    await reader.publish(BATCH + 44)
    await waiting.start()
    await wait_for(lambda: "pauses" in caplog.text)
    await wait_for(partial(_delivered, reader, 2))
    begun = time.monotonic()
    await waiting.stop()
    assert time.monotonic() - begun < GRACE_SECONDS / 2  # what nobody can finish has no grace
    await away.close()
    replica = await reader.admin.pull_subscribe_bind(DURABLE, "LOCAL")
    left = [message for _ in range(BATCH + 44) for message in await replica.fetch(1, timeout=5)]
    assert len({message.metadata.sequence.stream for message in left}) == BATCH + 44
    assert max(message.metadata.num_delivered or 0 for message in left) == 2


async def test_a_cancellation_of_the_handlers_own_is_a_failure_and_ends_no_consumer(reader: Reader):
    reader.may.set()
    reader.ending = [asyncio.CancelledError()] * 2  # the batch, then the event alone
    await reader.publish(1)
    await reader.subscribers.start()
    await wait_for(lambda: reader.heard == ["a-0"])
    assert reader.ending == []


async def test_what_came_for_a_request_that_was_given_up_goes_to_another_replica(reader: Reader):
    await reader.subscribers.start()
    await wait_for(partial(_asking, reader))
    (found,) = reader.subscribers.broker.subscribers
    for task in found.tasks:
        task.cancel()
    await reader.publish(1)  # the server answers a request that nobody waits for any more
    assert await reader.waiting() == (1, 0)
    await reader.subscribers.stop()

    replica = await reader.admin.pull_subscribe_bind(DURABLE, "LOCAL")
    (message,) = await replica.fetch(1, timeout=5)
    assert message.metadata.num_delivered == 2
    assert reader.heard == []


async def _asking(reader: Reader) -> bool:
    return (await reader.info()).num_waiting == 1


async def test_a_durable_that_is_missing_is_asked_for_twice_a_second_and_then_read(reader: Reader, caplog):
    """Upstream asks without a pause: tests/shared/http/test_upstream.py."""
    caplog.set_level(logging.WARNING, logger="steward.consumer")
    reader.may.set()
    await reader.admin.delete_consumer("LOCAL", DURABLE)
    await reader.publish(2)
    await reader.subscribers.start()
    before = reader.client.stats["out_msgs"]
    await wait_for(partial(_logged, caplog, 3))
    assert reader.client.stats["out_msgs"] - before <= 4
    assert "waits for the broker (ServiceUnavailableError)" in caplog.text
    await provision.provision_durables(reader.admin, reader.durables)
    await wait_for(lambda: reader.heard == ["a-0", "a-1"])
    assert (await reader.info()).config.max_ack_pending == provision.MAX_ACK_PENDING


def _logged(caplog, lines: int) -> bool:
    return len(caplog.records) >= lines
