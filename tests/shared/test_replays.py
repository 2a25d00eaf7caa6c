"""A dead letter from its burial over the gateway's list to its replay, on real servers."""

from typing import Any
from uuid import uuid4

import nats
import pytest_asyncio

from deploy.local.nats import ADMIN
from services.gateway.main import create
from shared import outbox
from tests.served import serving
from tests.servers import INSTANCE, PASSWORDS, wait_for
from tests.shared.builders import started

BURIED = "select count(*) from poison where buried_at is not null"


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
async def broker(nats_url):
    client = await nats.connect(nats_url, user=ADMIN, password=PASSWORDS[ADMIN])
    await client.jetstream().purge_stream("DLQ")
    yield client.jetstream()
    await client.close()


async def letters(ops) -> Any:
    answer = await ops.get("/v1/dead-letters")
    return answer.json["items"] if answer.status == 200 else []


async def test_a_dead_letter_is_listed_and_replayed_once(clean, ops, broker):
    clean.failing = _refuse
    event = started("a-2")
    async with clean.app.state.database.session() as session:
        await outbox.add(session, event, aggregate_id=event.activity_id, version=1)
    await wait_for(lambda: clean.sql(f"select ({BURIED}) = 1"), timeout=60)

    await wait_for(lambda: letters(ops))
    [letter] = await letters(ops)
    assert (letter["service"], letter["reason"]) == ("planning", "ValueError")
    assert letter["subject"] == started().subject(INSTANCE)
    assert "data" not in letter
    assert (await ops.get(f"/v1/dead-letters/{letter['seq']}")).json == letter

    path = f"/v1/dead-letters/{letter['seq']}/replay"
    failed = await ops.post(path)
    assert (failed.status, failed.code) == (409, "replay-failed")
    assert await clean.sql(BURIED) == 1
    assert await clean.heard() == []

    clean.failing = lambda _: None
    assert (await ops.post(path)).json == {"applied": True}
    assert (await ops.post(path)).json == {"applied": False}
    assert await clean.heard() == ["heard a-2"]
    assert await clean.sql(BURIED) == 0


async def test_letters_are_paged(ops, broker):
    for number in range(5):
        await broker.publish("dlq.planning.x", b"{", headers={"Steward-Reason": f"r{number}"})
    seen, cursor = [], "0"
    while cursor is not None:
        page = (await ops.get(f"/v1/dead-letters?limit=2&cursor={cursor}")).json
        assert len(page["items"]) <= 2
        seen += [item["reason"] for item in page["items"]]
        cursor = page["next"]
    assert seen == [f"r{number}" for number in range(5)]
    unknown = await ops.get("/v1/dead-letters/999999")
    assert (unknown.status, unknown.code) == (404, "dead-letter-unknown")
    assert (await ops.get("/v1/dead-letters?cursor=x")).code == "input-invalid"


async def test_what_was_not_given_up_is_not_applied(clean, ops, token):
    durable = "planning-planning-activity-started-v1"
    path = f"/internal/dead-letters/{durable}/replay"
    call = clean.client.using(token("ops")).post
    assert (await call(path, json={"id": str(uuid4())})).json == {"applied": False}
    assert (await call(path, data=b"{")).code == "event-unreadable"
    assert (await call("/internal/dead-letters/other/replay", json={})).code == "consumer-unknown"
    assert (await clean.client.post(path, json={"id": str(uuid4())})).code == "role-missing"


def _refuse(_: str) -> None:
    raise ValueError("never")
