"""A dead letter leads to its trace, and can be dropped for good; so does what the broker refused."""

import asyncio
from typing import Any
from uuid import uuid4

import orjson

from services.gateway.main import create
from shared.messaging import outbox
from tests.served import serving
from tests.servers import INSTANCE, PASSWORDS, wait_for
from tests.shared.builders import started
from tests.shared.messaging.letters import DURABLE, given_up, letters, planted

WAITS = """
select count(*) > 0 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'
"""
FREE_TEXTS = ("", "a b", "0201234567", "ann@mail.example", "Ann.Okonkwo", "x1" * 21)


async def test_a_letter_leads_to_the_trace_of_its_event(clean, ops, dead_letter_stream, seen):
    letter = await given_up(clean, ops, "a-3")
    traceparent = orjson.loads(await clean.sql("select payload from outbox"))["traceparent"]
    assert letter["trace_id"] == traceparent.split("-")[1]
    assert (letter["state"], letter["dropped"]) == ("waiting", None)
    lines = [line for line in seen() if line["logger"] in {"steward.consumer", "steward.events"}]
    assert lines
    assert {(line["trace_id"], line["event_id"]) for line in lines} == {
        (letter["trace_id"], letter["event_id"])
    }


async def test_a_dropped_letter_stays_dropped(clean, ops, dead_letter_stream, token):
    letter = await given_up(clean, ops, "a-4")
    path, why = f"/v1/dead-letters/{letter['seq']}", {"reason": "obsolete", "ticket": "OPS-4711"}
    assert (
        b'steward_dead_letters_waiting{service="planning"} 1.0' in (await clean.client.get("/metrics")).body
    )
    first = await ops.post(f"{path}/drop", json=why, key="k")
    again = await ops.post(f"{path}/drop", json=why, key="k")
    assert (first.status, again.body, again.headers["idempotency-replayed"]) == (200, first.body, "true")
    assert (await ops.post(f"{path}/drop", json=why)).json == first.json
    assert (first.json["reason"], first.json["ticket"], len(first.json["by"])) == ("obsolete", "OPS-4711", 32)

    listed = (await ops.get(path)).json
    assert (listed["state"], listed["dropped"]) == ("dropped", first.json)
    assert await letters(ops) == [listed]
    for call in (ops.post(f"{path}/replay"), ops.post(f"{path}/drop", json={"reason": "other"})):
        refused = await call
        assert (refused.status, refused.code) == (409, "dead-letter-dropped")
    flow = (await clean.client.using(token("ops")).get("/internal/flow")).json
    assert (flow["dead_letters"], flow["dead_letters_dropped"]) == (0, 1)
    assert (
        b'steward_dead_letters_waiting{service="planning"} 0.0' in (await clean.client.get("/metrics")).body
    )

    payload = await clean.sql(
        "select payload from outbox"
    )  # the stream is replayed: it is skipped, as a repeat
    await dead_letter_stream.publish(
        started().subject(INSTANCE), payload, headers={"Nats-Msg-Id": str(uuid4())}
    )
    clean.failing = lambda _: None
    async with clean.app.state.database.session() as session:
        await outbox.add(session, started("a-5"), aggregate_id="a-5", version=1)
    await wait_for(lambda: clean.sql("select count(*) = 1 from heard"))
    assert await clean.heard() == ["heard a-5"]


async def test_what_was_applied_is_not_dropped(clean, ops, dead_letter_stream):
    letter = await given_up(clean, ops, "a-6")
    path = f"/v1/dead-letters/{letter['seq']}"
    assert (await ops.post(f"{path}/replay")).json == {"applied": True}
    refused = await ops.post(f"{path}/drop", json={"reason": "obsolete"})
    assert (refused.status, refused.code) == (409, "dead-letter-applied")
    assert (await ops.get(path)).json["state"] == "applied"


async def test_what_is_dropped_while_it_is_replayed_is_not_applied(clean, ops, dead_letter_stream):
    letter = await planted(clean, ops, dead_letter_stream, "a-7")
    path = f"/v1/dead-letters/{letter['seq']}"
    async with clean.app.state.database.transaction() as connection:  # a drop that has not ended yet
        await connection.execute(
            "insert into inbox (consumer, event_id) select consumer, event_id from poison"
        )
        replaying = asyncio.create_task(ops.post(f"{path}/replay"))
        await wait_for(lambda: clean.sql(WAITS))
        await connection.execute("update poison set dropped_at = now(), dropped_by = 'x', drop_reason = 'y'")
    refused = await replaying
    assert (refused.status, refused.code) == (409, "dead-letter-dropped")
    assert (await clean.heard(), (await ops.get(path)).json["state"]) == ([], "dropped")


async def test_an_applied_letter_whose_record_was_left_is_not_dropped(clean, ops, dead_letter_stream):
    """As a process leaves it that ends between applying it and noting so."""
    letter = await planted(clean, ops, dead_letter_stream, "a-8")
    async with clean.app.state.database.transaction() as connection:
        await connection.execute(
            "insert into inbox (consumer, event_id) select consumer, event_id from poison"
        )
    path = f"/v1/dead-letters/{letter['seq']}"
    refused = await ops.post(f"{path}/drop", json={"reason": "obsolete"})
    assert (refused.status, refused.code) == (409, "dead-letter-applied")
    assert (await ops.get(path)).json["state"] == "waiting"


async def test_dropping_a_forged_event_skips_nothing_of_the_region_whose_id_it_names(
    clean, ops, dead_letter_stream
):
    letter = await planted(clean, ops, dead_letter_stream, "a-9")
    async with clean.app.state.database.transaction() as connection:
        await connection.execute("update poison set reason = 'ForeignEvent'")
    assert (
        await ops.post(f"/v1/dead-letters/{letter['seq']}/drop", json={"reason": "invalid"})
    ).status == 200
    assert await clean.sql("select count(*) from inbox") == 0


async def test_a_reason_is_a_code_and_a_reference(ops, dead_letter_stream, token):
    await dead_letter_stream.publish("dlq.planning.x", b"{", headers={"Nats-Msg-Id": f"{DURABLE}:{uuid4()}"})
    [letter] = await letters(ops)
    path = f"/v1/dead-letters/{letter['seq']}/drop"
    for wrong in ({}, {"reason": "because"}, *({"reason": "other", "ticket": text} for text in FREE_TEXTS)):
        answer = await ops.post(path, json=wrong)
        assert (answer.status, answer.code) == (422, "input-invalid"), wrong
    stranger = await ops.using(token("hris")).post(path, json={"reason": "other"})
    assert (stranger.status, stranger.code) == (403, "role-missing")


async def test_without_its_service_a_letter_is_listed_all_the_same(
    ops, dead_letter_stream, probe_settings, token
):
    await dead_letter_stream.publish("dlq.planning.x", b"{", headers={"Nats-Msg-Id": f"{DURABLE}:{uuid4()}"})
    changes = {
        "service": "gateway",
        "nats_user": "gateway",
        "nats_password": PASSWORDS["gateway"],
        "services": {},
    }
    async with serving(create(probe_settings.model_copy(update=changes))) as client:
        alone = client.using(token("ops"))
        await wait_for(lambda: letters(alone))
        [letter] = await letters(alone)
        assert (letter["state"], letter["trace_id"]) == (None, None)


async def test_what_the_broker_refuses_is_listed_with_its_trace(clean, ops, seen):
    foreign = "steward.north.local.registry.people-changed.v1"
    traceparent = f"00-{'ab' * 16}-{'cd' * 8}-00"
    insert = """insert into outbox (event_id, aggregate_id, subject, payload)
        values (gen_random_uuid(), 'bad', $1, $2) returning event_id"""
    async with clean.app.state.database.transaction() as connection:
        event_id = await connection.fetchval(insert, foreign, orjson.dumps({"traceparent": traceparent}))

    async def listed() -> Any:
        return (await ops.get("/v1/refused-events")).json["items"]

    await wait_for(listed, timeout=30)
    [event] = await listed()
    assert (event["service"], event["event_id"], event["subject"]) == ("planning", str(event_id), foreign)
    assert event["trace_id"] == "ab" * 16
    [line] = [line for line in seen() if line["logger"] == "steward.events"]
    assert (line["trace_id"], line["event_id"]) == ("ab" * 16, str(event_id))
