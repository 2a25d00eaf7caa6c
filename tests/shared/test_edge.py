"""The HTTP edge: one transaction, keys, tags, pages, problems."""

import asyncio

from tests.servers import wait_for


async def test_a_write_and_its_event_are_one_commit(clean):
    answer = await clean.client.post("/v1/notes", json={"text": "one"})
    assert (answer.status, answer.headers["etag"]) == (201, '"1"')
    await wait_for(lambda: clean.sql("select count(*) = 1 from outbox where sent_at is not null"))


async def test_a_refusal_after_writing_leaves_nothing(clean):
    answer = await clean.client.post("/v1/notes", json={"text": "refuse"}, key="k")
    assert (answer.status, answer.code) == (409, "note-refused")
    assert answer.headers["content-type"] == "application/problem+json"
    assert await clean.notes() == []
    assert await clean.sql("select count(*) from outbox") == 0


async def test_an_unforeseen_error_says_nothing_private(clean, caplog):
    answer = await clean.client.post("/v1/notes", json={"text": "crash"})
    assert (answer.status, answer.code) == (500, "internal-error")
    assert b"private" not in answer.body
    assert "unforeseen RuntimeError at" in caplog.text
    assert await clean.notes() == []


async def test_a_key_makes_a_repeat_the_same_answer(clean):
    first = await clean.client.post("/v1/notes", json={"text": "once"}, key="a")
    again = await clean.client.post("/v1/notes", json={"text": "once"}, key="a")
    assert (again.status, again.body, again.headers["etag"]) == (201, first.body, '"1"')
    assert again.headers["idempotency-replayed"] == "true"
    assert await clean.notes() == ["once"]


async def test_a_key_with_another_body_is_refused(clean):
    await clean.client.post("/v1/notes", json={"text": "once"}, key="a")
    other = await clean.client.post("/v1/notes", json={"text": "twice"}, key="a")
    assert (other.status, other.code) == (422, "idempotency-key-reused")
    assert await clean.notes() == ["once"]


async def test_keys_belong_to_their_caller(clean, token):
    await clean.client.post("/v1/notes", json={"text": "mine"}, key="a")
    other = token("leader", subject="kofi")
    answer = await clean.client.post("/v1/notes", json={"text": "theirs"}, key="a", token=other)
    assert answer.status == 201
    assert await clean.notes() == ["mine", "theirs"]


async def test_the_same_key_at_the_same_moment_writes_once(clean):
    calls = [clean.client.post("/v1/notes", json={"text": "race"}, key="r") for _ in range(6)]
    answers = await asyncio.gather(*calls)
    assert {answer.status for answer in answers} == {201}
    assert len({answer.body for answer in answers}) == 1
    assert await clean.notes() == ["race"]


async def test_a_streamed_body_is_covered_by_its_key(clean):
    body = b"x\ny\n"
    first = await clean.client.post("/v1/notes/lines", data=body, key="s")
    again = await clean.client.post("/v1/notes/lines", data=body, key="s")
    other = await clean.client.post("/v1/notes/lines", data=b"x\nz\n", key="s")
    assert (first.json, again.json, other.code) == (
        {"received": 2},
        {"received": 2},
        "idempotency-key-reused",
    )
    assert await clean.notes() == ["x", "y"]


async def test_wrong_input_points_at_the_field_without_quoting_it(clean):
    answer = await clean.client.post("/v1/notes", json={"text": "", "rating": "Ama Mensah"})
    assert (answer.status, answer.code) == (422, "input-invalid")
    assert {error["pointer"] for error in answer.json["errors"]} == {"/text", "/rating"}
    assert b"Mensah" not in answer.body


async def test_nonsense_is_a_problem(clean):
    for data in (b"{", b"[1", b"\xff\xfe", b"null", b'"text"'):
        answer = await clean.client.post("/v1/notes", data=data, headers={"Content-Type": "application/json"})
        assert answer.status == 422, data
        assert answer.headers["content-type"] == "application/problem+json"
    assert (await clean.client.get("/v1/nowhere")).code == "route-unknown"
    assert (await clean.client.delete("/v1/notes")).code == "method-not-allowed"


async def test_without_a_token_nothing_is_answered(clean, token):
    for bearer in (None, "nonsense", token("leader") + "x"):
        answer = await clean.client.using(bearer).get("/v1/notes")
        assert answer.status == 401
        assert answer.headers["www-authenticate"].startswith("Bearer")
    answer = await clean.client.get("/v1/notes/me", token=token("ops"))
    assert (answer.status, answer.code) == (403, "role-missing")


async def test_a_stale_change_is_refused(clean):
    await clean.client.post("/v1/notes", json={"text": "one"})
    without = await clean.client.patch("/v1/notes/1", json={"text": "two"})
    first = await clean.client.patch("/v1/notes/1", json={"text": "two"}, if_match='"1"')
    stale = await clean.client.patch("/v1/notes/1", json={"text": "three"}, if_match='"1"')
    assert [without.code, first.status, stale.status, stale.code] == [
        "if-match-required",
        200,
        412,
        "stale-etag",
    ]
    assert stale.headers["etag"] == '"2"'
    assert await clean.notes() == ["two"]


async def test_pages_cover_everything_once(clean):
    for number in range(7):
        await clean.client.post("/v1/notes", json={"text": f"n{number}"})
    seen, cursor = [], None
    while True:
        params = {"limit": 3} | ({"cursor": cursor} if cursor else {})
        answer = await clean.client.get("/v1/notes", params=params)
        seen += [item["text"] for item in answer.json["items"]]
        cursor = answer.json["next"]
        if cursor is None:
            break
    assert seen == [f"n{number}" for number in range(7)]


async def test_a_forged_cursor_is_refused(clean):
    for cursor in ("x", "bnVsbA==", "WyJhIl0=", "W10=", "WzEsMl0="):
        answer = await clean.client.get("/v1/notes", params={"cursor": cursor})
        assert (answer.status, answer.code) == (422, "cursor-malformed"), cursor


async def test_operators_see_health_and_flow(clean, token):
    assert (await clean.client.using(None).get("/healthz")).json == {"status": "ok"}
    ready = await clean.client.using(None).get("/readyz")
    assert ready.json == {"status": "ok", "database": "ok", "broker": "ok"}
    await clean.client.post("/v1/notes", json={"text": "one"})
    metrics = await clean.client.using(None).get("/metrics")
    assert b"steward_outbox_depth" in metrics.body
    for counter in (b"dead_letters", b"events_refused", b"events_published", b"publications_refused"):
        assert b"steward_" + counter + b'_total{service="planning"}' in metrics.body
    for durable in (b"activity-started-v1", b"activity-completed-v1"):
        labels = b'_total{consumer="planning-planning-' + durable + b'",service="planning"}'
        for counter in (b"failed", b"consumed", b"repeated"):
            assert b"steward_events_" + counter + labels in metrics.body
    for pool in (b"sessions", b"plain"):
        assert b'steward_pool_used{pool="' + pool + b'",service="planning"}' in metrics.body
    flow = await clean.client.get("/internal/flow", token=token("ops"))
    assert flow.json["service"] == "planning"
    assert (await clean.client.get("/internal/flow")).code == "role-missing"


async def test_what_the_database_cannot_store_is_invalid_input(clean):
    answer = await clean.client.post("/v1/notes", json={"text": "a\0b"})
    assert (answer.status, answer.code) == (422, "value-not-storable")
    assert await clean.notes() == []
