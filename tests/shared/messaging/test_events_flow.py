"""Relay and consumers on real servers: once each, in order, whatever fails in between."""

import nats
import orjson
import pytest_asyncio

from deploy.broker.server_settings import ADMIN
from shared.messaging import outbox
from shared.messaging.batches import MAX_FAILURES
from tests.servers import INSTANCE, PASSWORDS, wait_for
from tests.shared.builders import completed, started


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def broker(nats_url):
    client = await nats.connect(nats_url, user=ADMIN, password=PASSWORDS[ADMIN])
    yield client.jetstream()
    await client.close()


async def publish(probe, *events) -> None:
    async with probe.app.state.database.session() as session:
        entries = [(event, event.activity_id, 1) for event in events]
        await outbox.add_many(session, entries)


async def test_every_event_is_applied_once_and_in_order(clean):
    await publish(clean, *(started(f"a-{n}") for n in range(700)))
    await wait_for(lambda: clean.sql("select count(*) >= 700 from heard"))
    assert await clean.heard() == [f"heard a-{n}" for n in range(700)]


async def test_a_repeated_message_changes_nothing(clean, broker):
    await publish(clean, started("a-1"))
    await wait_for(lambda: clean.sql("select count(*) = 1 from heard"))
    payload = await clean.sql("select payload from outbox")
    for number in range(3):
        headers = {"Nats-Msg-Id": f"another-{number}"}
        await broker.publish(started().subject(INSTANCE), payload, headers=headers)
    await publish(clean, started("a-2"))
    await wait_for(lambda: clean.sql("select count(*) = 2 from heard"))
    assert await clean.heard() == ["heard a-1", "heard a-2"]


async def test_a_passing_failure_is_tried_again(clean):
    left = {"a-3": 2}

    def fail(activity_id: str) -> None:
        if left.get(activity_id, 0):
            left[activity_id] -= 1
            raise ValueError("not yet")

    clean.failing = fail
    await publish(clean, *(completed(f"a-{n}") for n in range(6)))
    await wait_for(lambda: clean.sql("select count(*) = 6 from heard"), timeout=20)
    assert sorted(await clean.heard()) == [f"done a-{n}" for n in range(6)]


async def test_a_poison_event_is_buried_and_blocks_nobody(clean, broker):
    def fail(activity_id: str) -> None:
        if activity_id == "a-2":
            raise ValueError("never")

    clean.failing = fail
    await publish(clean, *(started(f"a-{n}") for n in range(5)))
    await wait_for(lambda: clean.sql("select count(*) = 4 from heard"))
    buried = "select failures from poison where buried_at is not null"
    assert await wait_for(lambda: clean.sql(buried), timeout=60) == MAX_FAILURES
    letter = await broker.get_last_msg("DLQ", f"dlq.planning.{started().subject(INSTANCE)}")
    assert orjson.loads(letter.data)["data"]["activity_id"] == "a-2"
    assert letter.headers["Steward-Reason"] == "ValueError"
    assert "heard a-2" not in await clean.heard()


async def test_what_is_no_event_is_buried_at_once(clean, broker):
    headers = {"Nats-Msg-Id": "0193e1a0-0000-7000-8000-00000000000f"}
    await broker.publish(started().subject(INSTANCE), b"{", headers=headers)
    await wait_for(lambda: clean.sql("select count(*) = 1 from poison where buried_at is not null"))
    await publish(clean, started("a-9"))
    await wait_for(lambda: clean.sql("select count(*) = 1 from heard"))


async def test_a_refused_event_parks_its_aggregate_alone(clean):
    foreign = "steward.north.local.registry.people-changed.v1"
    insert = """insert into outbox (event_id, aggregate_id, subject, payload)
        values (gen_random_uuid(), 'bad', $1, '')"""
    refused = "select refused_at is not null from outbox where aggregate_id = 'bad'"
    async with clean.app.state.database.transaction() as connection:
        await connection.execute(insert, foreign)
    await publish(clean, *(started(f"a-{n}") for n in range(3)))
    await wait_for(lambda: clean.sql("select count(*) = 3 from heard"), timeout=30)
    await wait_for(lambda: clean.sql(refused), timeout=30)
    await publish(clean, started("a-7"))
    await wait_for(lambda: clean.sql("select count(*) = 4 from heard"), timeout=5)


async def test_the_trace_of_a_cause_continues(clean):
    await publish(clean, started("a-1"))
    await wait_for(lambda: clean.sql("select count(*) = 1 from heard"))
    payload = orjson.loads(await clean.sql("select payload from outbox"))
    assert payload["traceparent"].startswith("00-")
    assert payload["source"] == "/steward/north/planning"
