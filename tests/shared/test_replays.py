"""A dead letter from its burial over the gateway's list to its replay, on real servers."""

from uuid import uuid4

import orjson
import pytest

from shared import outbox
from shared.auth import seals
from tests.conftest import PEPPER
from tests.servers import INSTANCE, wait_for
from tests.shared.builders import started
from tests.shared.letters import BURIED, DURABLE, letters, refuse


async def test_a_dead_letter_is_listed_and_replayed_once(clean, ops, dead_letter_stream):
    clean.failing = refuse
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


async def test_letters_are_paged(ops, dead_letter_stream):
    for number in range(5):
        await dead_letter_stream.publish("dlq.planning.x", b"{", headers={"Steward-Reason": f"r{number}"})
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


@pytest.mark.parametrize("data", [b'{"id":"\xff","time":"x"}', b'{"id":"a","time":"x","q":' + b"[" * 100_000])
async def test_what_is_no_json_at_all_is_listed_too(clean, ops, dead_letter_stream, token, data: bytes):
    await dead_letter_stream.publish("dlq.planning.x", data, headers={"Steward-Reason": "r"})
    answer = await ops.get("/v1/dead-letters")
    assert (answer.status, [item["event_id"] for item in answer.json["items"]]) == (200, [None])
    assert (await replay(clean, token, data)).code == "event-unreadable"


async def test_what_was_not_given_up_is_not_applied(clean, ops, token):
    body = orjson.dumps({"id": str(uuid4())})
    assert (await replay(clean, token, body)).json == {"applied": False}
    assert (await replay(clean, token, b"{")).code == "event-unreadable"
    assert (await replay(clean, token, body, durable="other")).code == "consumer-unknown"
    assert (await replay(clean, token, body, role="hris")).code == "role-missing"


async def test_an_operators_token_alone_puts_no_words_into_a_dead_letter(clean, token):
    body = orjson.dumps({"id": str(uuid4())})
    sealed = seals.seal(PEPPER, DURABLE, body)
    for sent in (
        {},
        {seals.HEADER: "nonsense"},
        {seals.HEADER: seals.seal("guessed", DURABLE, body)},
        {seals.HEADER: seals.seal(PEPPER, "other", body)},
        {seals.HEADER: seals.seal(PEPPER, DURABLE, body + b" ")},
    ):
        answer = await replay(clean, token, body, headers=sent)
        assert (answer.status, answer.code) == (403, "event-unsealed")
    assert (await replay(clean, token, body, headers={seals.HEADER: sealed})).json == {"applied": False}


async def test_the_gateway_passes_no_seal_of_a_caller_on_to_a_replay(ops):
    answer = await ops.post(f"/v1/internal/dead-letters/{DURABLE}/replay", data=b"{}")
    assert (answer.status, answer.code) == (404, "route-unknown")


async def replay(
    clean,
    token,
    body: bytes,
    *,
    durable: str = DURABLE,
    role: str = "ops",
    headers: dict[str, str] | None = None,
):
    """What the service says to a replay that goes past the gateway, sealed unless `headers` say otherwise."""
    sealed = {seals.HEADER: seals.seal(PEPPER, durable, body)}
    call = clean.client.using(token(role)).post
    path = f"/internal/dead-letters/{durable}/replay"
    return await call(path, data=body, headers=sealed if headers is None else headers)
