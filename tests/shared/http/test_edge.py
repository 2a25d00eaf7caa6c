"""The HTTP edge: one transaction, keys, tags, pages, problems."""

import asyncio

import pytest

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


UNKNOWN = [
    ("/v1/notes?undr=N01", {}, "/query/undr", "unknown"),
    ("/v1/notes?limit=5&limit=6", {}, "/query/limit", "repeated"),
    ("/v1/notes?limit=1_0", {}, "/query/limit", "malformed"),
    ("/v1/notes?limit=%EF%BC%95", {}, "/query/limit", "malformed"),
    ("/v1/notes?limit=5.0", {}, "/query/limit", "malformed"),
    ("/v1/notes?short=yes", {}, "/query/short", "malformed"),
    ("/v1/notes/1_0", {}, "/path/note_id", "malformed"),
    ("/v1/notes?a/b~c=1", {}, "/query/a~1b~0c", "unknown"),
    ("/v1/notes", {"Prefer": "dry-run"}, "/header/Prefer", "not-taken"),
    ("/v1/notes", {"Prefer": "return=minimal"}, "/header/Prefer", "not-taken"),
    ("/v1/notes", {"If-None-Match": "3"}, "/header/If-None-Match", "malformed"),
    ("/v1/notes", {"If-Match": '"1"'}, "/header/If-Match", "not-taken"),
]


@pytest.mark.parametrize(("path", "headers", "pointer", "code"), UNKNOWN)
async def test_what_an_operation_does_not_know_is_refused_by_name(clean, path, headers, pointer, code):
    answer = await clean.client.get(path, headers=headers)
    assert (answer.status, answer.code) == (422, "input-invalid")
    assert [(error["pointer"], error["code"]) for error in answer.json["errors"]] == [(pointer, code)]


async def test_a_change_with_an_unknown_parameter_changes_nothing(clean):
    answer = await clean.client.post("/v1/notes?dry_run=true", json={"text": "dry"})
    assert (answer.status, answer.json["errors"][0]["pointer"]) == (422, "/query/dry_run")
    assert await clean.notes() == []


@pytest.mark.parametrize("sent", ["1", '"1', "W/1", '"1" "2"', "", "*, x"])
async def test_a_malformed_condition_is_refused(clean, sent):
    number = (await clean.client.post("/v1/notes", json={"text": "old"})).json["note_id"]
    answer = await clean.client.patch(f"/v1/notes/{number}", json={"text": "new"}, headers={"If-Match": sent})
    assert (answer.status, answer.json["errors"][0]["pointer"]) == (422, "/header/If-Match")
    assert await clean.notes() == ["old"]


async def test_a_condition_that_nothing_looks_at_is_refused_and_nothing_stored(clean):
    await clean.client.post("/v1/notes", json={"text": "kept"})
    for headers in ({"If-Match": '"1"'}, {"If-None-Match": "*"}):
        answer = await clean.client.post("/v1/notes/tidy", headers=headers)
        assert (answer.status, answer.json["errors"][0]["code"]) == (422, "not-taken")
    assert await clean.notes() == ["kept"]


@pytest.mark.parametrize("sent", ["", " ", "k" * 256, "caf\u00e9", "tab\tbed"])
async def test_a_malformed_key_is_refused(clean, sent):
    answer = await clean.client.post("/v1/notes", json={"text": "x"}, headers={"Idempotency-Key": sent})
    assert (answer.status, answer.code) == (422, "idempotency-key-malformed")
    assert await clean.notes() == []


async def test_a_body_that_is_not_taken_is_refused(clean):
    await clean.client.post("/v1/notes", json={"text": "kept"})

    async def chunks():
        yield b'{"only": "drafts"}'

    for body in (b'{"on": 1}', b"{}{}", b"null", chunks()):
        answer = await clean.client.post("/v1/notes/tidy", data=body)
        assert (answer.status, answer.code) == (422, "input-invalid")
    assert (await clean.client.get("/v1/notes", data=b"[]")).status == 422
    assert await clean.notes() == ["kept"]
    assert (await clean.client.post("/v1/notes/tidy", json={}, key="empty")).status == 200


async def test_an_answer_that_did_not_change_is_not_sent_again(clean):
    number = (await clean.client.post("/v1/notes", json={"text": "one"})).json["note_id"]
    path = f"/v1/notes/{number}"
    first = await clean.client.get(path)
    tag = first.headers["etag"]
    assert tag.startswith('"1-')
    for sent in (tag, f'"x", W/{tag}', "*"):
        again = await clean.client.get(path, headers={"If-None-Match": sent})
        assert (again.status, again.body, again.headers["etag"]) == (304, b"", tag)
    await clean.client.post("/v1/notes", json={"text": "two"})  # the answer counts it, at the same version
    changed = await clean.client.get(path, headers={"If-None-Match": tag})
    assert (changed.status, changed.json["others"]) == (200, 2)
    done = await clean.client.patch(path, json={"text": "new"}, if_match=changed.headers["etag"])
    assert (done.status, done.json["version"]) == (200, 2)
    listed = await clean.client.get("/v1/notes?limit=1")
    same = await clean.client.get("/v1/notes?limit=1", headers={"If-None-Match": listed.headers["etag"]})
    assert same.status == 304
