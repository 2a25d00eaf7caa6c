"""A dead letter from its burial over the gateway's list to its replay, on real servers."""

import json
import re
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import uuid4

import orjson
import pytest

from services.gateway.operators import replays
from shared.auth import signatures
from shared.messaging import outbox
from shared.telemetry.logs import origin, place
from tests.conftest import PEPPER
from tests.servers import INSTANCE, wait_for
from tests.shared.builders import started
from tests.shared.messaging.letters import BURIED, DURABLE, letters, plant, refuse


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
    assert re.fullmatch(r"tests/shared/messaging/letters\.py:\d+", letter["place"])
    assert letter["replayed"] is None
    failed = await ops.post(path)
    assert (failed.status, failed.code) == (409, "replay-failed")
    assert await clean.sql(BURIED) == 1
    assert await clean.heard() == []
    again = (await ops.get(f"/v1/dead-letters/{letter['seq']}")).json
    assert (again["state"], again["replayed"]["outcome"]) == ("waiting", "failed")
    assert (again["replayed"]["reason"], again["replayed"]["place"]) == ("ValueError", letter["place"])

    clean.failing = lambda _: None
    assert (await ops.post(path)).json == {"applied": True}
    assert (await ops.post(path)).json == {"applied": False}
    assert await clean.heard() == ["heard a-2"]
    assert await clean.sql(BURIED) == 0
    done = (await ops.get(f"/v1/dead-letters/{letter['seq']}")).json
    assert (done["state"], done["replayed"]["outcome"], done["replayed"]["place"]) == (
        "applied",
        "applied",
        None,
    )
    assert datetime.now(UTC) - datetime.fromisoformat(done["replayed"]["at"]) < timedelta(minutes=5)
    assert len(done["replayed"]["by"]) == 32  # the opaque key of the sign-in


async def test_all_letters_of_one_cause_are_replayed_at_once_and_no_others(clean, ops, dead_letter_stream):
    clean.failing = refuse
    planted_ids = [await plant(clean, dead_letter_stream, f"b-{number}", "ValueError") for number in range(4)]
    other = await plant(clean, dead_letter_stream, "b-9", "KeyError")
    await wait_for(partial(listed, ops, 5))
    by_event = {letter["event_id"]: letter for letter in await letters(ops)}
    causes = {by_event[event]["cause"] for event in planted_ids}
    (cause,) = causes
    assert by_event[other]["cause"] != cause
    of_it = (await ops.get(f"/v1/dead-letters?cause={cause}")).json["items"]
    assert [letter["event_id"] for letter in of_it] == planted_ids

    path, asked = "/v1/dead-letters/replays", {"cause": cause}
    failed = (await ops.post(path, json=asked)).json
    assert failed == {"applied": 0, "failed": 4, "skipped": 0, "next": None}
    clean.failing = lambda _: None
    assert (await ops.post(f"/v1/dead-letters/{by_event[planted_ids[0]]['seq']}/replay")).json["applied"]
    done = (await ops.post(path, json=asked)).json
    assert done == {"applied": 3, "failed": 0, "skipped": 1, "next": None}
    assert await clean.heard() == [f"heard b-{number}" for number in range(4)]
    states = {letter["event_id"]: letter for letter in await letters(ops)}
    assert {states[event]["replayed"]["outcome"] for event in planted_ids} == {"applied"}
    assert (states[other]["state"], states[other]["replayed"]) == ("waiting", None)
    assert (await ops.post(path, json=asked)).json["skipped"] == 4


async def test_a_call_replays_a_hundred_and_says_where_to_go_on(
    clean, ops, dead_letter_stream, token, monkeypatch
):
    monkeypatch.setattr(replays, "MOST", 2)
    for number in range(5):
        await plant(clean, dead_letter_stream, f"c-{number}", "ValueError")
    await wait_for(partial(listed, ops, 5))
    cause, cursor, calls = (await letters(ops))[0]["cause"], 0, []
    while cursor is not None:
        body = {"cause": cause, "cursor": cursor}
        calls.append((await ops.post("/v1/dead-letters/replays", json=body)).json)
        cursor = calls[-1]["next"]
    assert [call["applied"] for call in calls] == [2, 2, 1]
    stranger = await ops.using(token("hris")).post("/v1/dead-letters/replays", json={"cause": cause})
    assert (stranger.status, stranger.code) == (403, "role-missing")
    assert (await ops.post("/v1/dead-letters/replays", json={"cause": "all"})).code == "input-invalid"


def test_a_place_is_our_own_line_and_not_the_librarys_below_it():
    with pytest.raises(ValueError, match="Expecting") as raised:
        json.JSONDecoder().decode("{")
    assert re.fullmatch(r"tests/shared/messaging/test_replays\.py:\d+", origin(raised.value))
    assert re.fullmatch(r"test_replays\.py:\d+", place(raised.value))


async def listed(ops, count: int) -> bool:
    return len(await letters(ops)) == count


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


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b'{"id":"\xff","time":"x"}', "event-unreadable"),
        (b'{"id":"a","time":"x","q":' + b"[" * 100_000, "input-invalid"),  # deeper than any body may be
    ],
)
async def test_what_is_no_json_at_all_is_listed_too(clean, ops, dead_letter_stream, token, data, code):
    await dead_letter_stream.publish("dlq.planning.x", data, headers={"Steward-Reason": "r"})
    answer = await ops.get("/v1/dead-letters")
    assert (answer.status, [item["event_id"] for item in answer.json["items"]]) == (200, [None])
    assert (await replay(clean, token, data)).code == code


async def test_what_was_not_given_up_is_not_applied(clean, ops, token):
    body = orjson.dumps({"id": str(uuid4())})
    assert (await replay(clean, token, body)).json == {"applied": False}
    assert (await replay(clean, token, b"{")).code == "event-unreadable"
    assert (await replay(clean, token, body, durable="other")).code == "consumer-unknown"
    assert (await replay(clean, token, body, role="hris")).code == "role-missing"


async def test_an_operators_token_alone_puts_no_words_into_a_dead_letter(clean, token):
    body = orjson.dumps({"id": str(uuid4())})
    sealed = signatures.seal(PEPPER, DURABLE, body)
    for sent in (
        {},
        {signatures.HEADER: "nonsense"},
        {signatures.HEADER: signatures.seal("guessed", DURABLE, body)},
        {signatures.HEADER: signatures.seal(PEPPER, "other", body)},
        {signatures.HEADER: signatures.seal(PEPPER, DURABLE, body + b" ")},
    ):
        answer = await replay(clean, token, body, headers=sent)
        assert (answer.status, answer.code) == (403, "event-unsealed")
    assert (await replay(clean, token, body, headers={signatures.HEADER: sealed})).json == {"applied": False}


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
    sealed = {signatures.HEADER: signatures.seal(PEPPER, durable, body)}
    call = clean.client.using(token(role)).post
    path = f"/internal/dead-letters/{durable}/replay"
    return await call(path, data=body, headers=sealed if headers is None else headers)
