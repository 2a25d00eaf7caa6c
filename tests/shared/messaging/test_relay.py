"""The relay alone, on servers that fail under it: everything arrives, once, and each aggregate in order."""

import asyncio
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from functools import partial
from itertools import pairwise

import nats
import pytest
import pytest_asyncio

from deploy.broker.server_settings import ADMIN, inbox_prefix
from deploy.local.nats import NatsServer
from shared.database.engine import Database
from shared.messaging import relay as relays
from shared.messaging.broker import Broker
from shared.messaging.relay import BATCH, Relay
from shared.messaging.subscriptions import Consumers
from shared.settings import Settings
from shared.tasks import end
from tests.servers import INSTANCE, PASSWORDS, fresh_streams, run, temporary_folder, wait_for
from tests.shared import probe
from tests.shared.builders import started
from tests.shared.conftest import fresh_database

pytestmark = pytest.mark.asyncio(loop_scope="module")

SUBJECT = started().subject(INSTANCE)
NO_STREAM = f"steward.{INSTANCE}.nowhere.planning.x.v1"  # permitted, and kept by no stream
FOREIGN = f"steward.{INSTANCE}.local.registry.people-changed.v1"  # not permitted, so never answered
LIMIT = 4 * 1024 * 1024  # bytes that the server takes, headers included
_INSERT = """
insert into outbox (event_id, aggregate_id, subject, payload)
select gen_random_uuid(), $1 || g % $2, $3, convert_to(g::text, 'UTF8') from generate_series(1, $4) g
"""
_WAITING = "select count(*) from outbox where sent_at is null and refused_at is null"
_ORDER = "select o.event_id::text, o.aggregate_id from outbox o order by id"


@pytest.fixture(scope="module")
def broker() -> Iterator[NatsServer]:
    """A server of this module's own, to be killed."""
    server = NatsServer(temporary_folder(), INSTANCE, PASSWORDS)
    server.start()
    yield server
    server.stop()


class Line:
    """An outbox, its relay, and the stream behind it."""

    def __init__(self, database: Database, broker: NatsServer) -> None:
        self.database, self.broker = database, broker

    @asynccontextmanager
    async def relaying(self) -> AsyncIterator[Relay]:
        client = await nats.connect(
            self.broker.url, user="planning", password=PASSWORDS["planning"], max_reconnect_attempts=-1,
            inbox_prefix=inbox_prefix("planning").encode(), reconnect_time_wait=0.05, error_cb=_quiet,
        )  # fmt: skip
        relay = Relay(self.database, client, "planning")
        task = asyncio.create_task(relay.run())
        yield relay
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await client.close()

    async def add(self, count: int, aggregate: str = "a-", *, among: int = 7, subject: str = SUBJECT) -> None:
        await self.sql(_INSERT, aggregate, among, subject, count)

    async def sql(self, statement: str, *values):
        async with self.database.transaction() as connection:
            return await connection.fetchval(statement, *values)

    async def drained(self, timeout: float = 30) -> None:
        async def empty() -> bool:
            return await self.sql(_WAITING) == 0

        await wait_for(empty, timeout=timeout)

    async def stream(self) -> list[str]:
        """Ids of all events in the stream, in its order."""
        client = await nats.connect(self.broker.url, user=ADMIN, password=PASSWORDS[ADMIN])
        jetstream = client.jetstream()
        count = (await jetstream.stream_info("LOCAL")).state.messages
        subscription = await jetstream.subscribe("steward.>", stream="LOCAL", ordered_consumer=True)
        found = [(await subscription.next_msg(timeout=10)).headers["Nats-Msg-Id"] for _ in range(count)]
        await client.close()
        return found

    async def outbox(self) -> dict[str, str]:
        """Aggregates by event id, in the order of the outbox."""
        async with self.database.transaction() as connection:
            return {row["event_id"]: row["aggregate_id"] for row in await connection.fetch(_ORDER)}


async def _written_again(kept, before):
    return kept.client is not before and kept.connected


async def _quiet(_: Exception) -> None:
    return None


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def database(databases) -> AsyncIterator[Database]:
    url = await fresh_database(databases, probe.metadata)
    opened = Database(Settings(service="planning", database_url=url))
    yield opened
    await opened.close()


@pytest_asyncio.fixture(loop_scope="module")
async def line(database: Database, broker: NatsServer) -> Line:
    """The same with nothing in outbox and stream."""
    run(fresh_streams(broker))
    async with database.transaction() as connection:
        await connection.execute("truncate outbox restart identity")
    return Line(database, broker)


def in_order(found: list[str], aggregates: dict[str, str]) -> bool:
    """Whether the events of each aggregate stand in the stream as they stood in the outbox."""
    place = {event_id: number for number, event_id in enumerate(found)}
    by_aggregate: dict[str, list[int]] = {}
    for event_id, aggregate in aggregates.items():
        by_aggregate.setdefault(aggregate, []).append(place[event_id])
    return all(a < b for places in by_aggregate.values() for a, b in pairwise(places))


async def test_a_backlog_arrives_once_and_in_order(line):
    await line.add(5 * BATCH + 17)
    async with line.relaying():
        await line.drained()
    assert await line.stream() == list(await line.outbox())


async def test_what_commits_late_below_a_backlog_arrives_too(line):
    async with line.database.alone() as late:
        transaction = late.transaction()
        await transaction.start()
        await late.execute(_INSERT, "late-", 1, SUBJECT, 1)
        await line.add(3 * BATCH)
        async with line.relaying():
            await line.drained()
            await transaction.commit()
            await wait_for(lambda: line.sql("select sent_at is not null from outbox where id = 1"))
    assert len(await line.stream()) == 3 * BATCH + 1


async def test_later_batches_do_not_overtake_a_refused_event(line):
    await line.add(1, "bad-", among=1, subject=NO_STREAM)
    await line.add(BATCH)
    await line.add(3, "bad-", among=1)  # in the batch that is read while the first is under way
    await line.add(BATCH)
    async with line.relaying():
        await wait_for(
            lambda: line.sql("select count(*) = $1 from outbox where sent_at is not null", 2 * BATCH)
        )
    aggregates = await line.outbox()
    assert len(await line.stream()) == 2 * BATCH
    assert "bad-0" not in {aggregates[event_id] for event_id in await line.stream()}
    assert await line.sql("select count(*) from outbox where refused_at is not null") == 1


async def test_events_that_cannot_be_sent_at_all_hold_up_nobody(line):
    await line.add(1, "blank-", subject="not a subject")
    await line.add(1, "foreign-", subject=FOREIGN)
    for name, size in (("huge", 5_000_000), ("with its headers huge", LIMIT - 60), ("large", LIMIT - 5000)):
        await line.sql(
            "insert into outbox (event_id, aggregate_id, subject, payload)"
            " values (gen_random_uuid(), $1, $2, convert_to(repeat('x', $3), 'UTF8'))",
            name, SUBJECT, size,
        )  # fmt: skip
    await line.add(20)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(relays, "ACK_SECONDS", 0.5)
        async with line.relaying():
            await line.drained()
    assert await line.sql("select count(*) from outbox where refused_at is not null") == 4
    assert len(await line.stream()) == 21


async def test_a_refused_event_goes_out_when_it_may_even_under_load(line):
    await line.add(1, "bad-", subject=NO_STREAM)
    async with line.relaying():
        await wait_for(lambda: line.sql("select refused_at is not null from outbox"))
        await line.sql("update outbox set subject = $1, refused_at = now() - interval '2 minutes'", SUBJECT)
        await line.add(2 * BATCH)
        await line.drained()
    assert len(await line.stream()) == 2 * BATCH + 1


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
async def test_a_broker_that_dies_in_a_backlog_is_waited_for(line, how: signal.Signals):
    await line.add(20 * BATCH, among=3 * BATCH)
    sent = "select count(sent_at) from outbox"
    async with line.relaying():
        await wait_for(lambda: line.sql(sent), every=0.001)
        await asyncio.to_thread(line.broker.stop, how)
        assert await line.sql(sent) < 20 * BATCH
        await asyncio.to_thread(line.broker.start)
        await line.drained()
    found, aggregates = await line.stream(), await line.outbox()
    assert sorted(found) == sorted(aggregates)
    assert await line.sql("select count(*) from outbox where refused_at is not null") == 0


async def test_a_database_that_drops_the_relay_in_a_backlog_is_waited_for(line, databases):
    await line.add(20 * BATCH)
    drop = """select count(pg_terminate_backend(pid)) from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid() and query like '%outbox%'"""
    async with line.relaying():
        for part in range(3):
            more = "select count(sent_at) > $1 from outbox"
            await wait_for(partial(line.sql, more, part * BATCH), every=0.001)
            await line.sql(drop)
        await line.drained()
    aggregates = await line.outbox()
    found = await line.stream()
    assert sorted(found) == sorted(aggregates)
    assert in_order(found, aggregates)


async def test_a_connection_that_the_server_ends_for_good_is_made_anew(line, caplog):
    """By a message above its limit, which nats-py counts without headers."""
    settings = Settings(
        service="planning",
        nats_url=line.broker.url,
        nats_user="planning",
        nats_password=PASSWORDS["planning"],
    )
    kept = Broker(settings, line.database, Consumers("planning"))
    running = asyncio.create_task(kept.run())
    for number in range(2):
        await wait_for(lambda: kept.connected)
        first = kept.client
        huge = first.publish(SUBJECT, b"x" * first.max_payload, headers={"Nats-Msg-Id": "huge"})
        publishing = asyncio.create_task(huge)
        await wait_for(partial(_written_again, kept, first))
        publishing.cancel()  # on a closed connection it may wait for ever
        await line.add(1, f"after-{number}")
        await line.drained()
    assert len(line.database.committed) == 1
    assert "connecting anew" in caplog.text
    await end([running])
    await kept.close()
    assert len(await line.stream()) == 2
