"""Bodies: whole before anything shared is opened for them, bounded, and loads in places of their own."""

import asyncio
import io
import json
from contextlib import AsyncExitStack, asynccontextmanager

import pytest

from shared.errors import Unavailable
from shared.http import bodies
from shared.http.bodies import Loads, depth
from tests.servers import wait_for


@asynccontextmanager
async def paused(client, path, token, **headers):
    """A request whose body stops in the middle; `finish` sends the rest and gives the status."""
    host, _, port = client.url.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    lines = [f"POST {path} HTTP/1.1", "host: x", f"authorization: Bearer {token}", "content-length: 20"]
    kind = "application/json" if path == "/v1/notes" else "application/octet-stream"
    lines += [f"content-type: {kind}", *(f"{name}: {value}" for name, value in headers.items())]
    writer.write("\r\n".join([*lines, "", '{"text": "']).encode())
    await writer.drain()

    async def finish() -> int:
        writer.write(b'slowly!"}\n')
        async with asyncio.timeout(10):
            return int((await reader.readline()).split()[1])

    try:
        yield finish
    finally:
        writer.transport.abort()


@pytest.mark.parametrize("path", ["/v1/notes", "/v1/notes/lines", "/v1/loads"])
async def test_peers_that_pause_hold_nothing_that_others_need(clean, token, path):
    hris = token("hris", units=("N-1",))
    async with AsyncExitStack() as slow:
        finishes = [
            await slow.enter_async_context(
                paused(clean.client, path, hris, **{"idempotency-key": f"{path}{one}"})
            )
            for one in range(12)
        ]
        async with asyncio.timeout(5):
            assert (await clean.client.get("/readyz")).status == 200
            assert (await clean.client.post("/v1/notes", json={"text": "one"}, key=path)).status == 201
            assert (await clean.client.post("/v1/loads", data=b"two\nthree\n", token=hris)).json == {
                "received": 2
            }
            assert (await clean.client.get("/v1/notes")).status == 200
        await wait_for(lambda: _true(not any(used for _, used, _ in clean.app.state.database.use())))
        assert await finishes[0]() in (200, 201)


async def test_readiness_waits_for_no_connection_of_the_pools(clean):
    database = clean.app.state.database
    async with AsyncExitStack() as held:
        (_, _, sessions), (_, _, plain) = database.use()
        for _ in range(sessions):
            await held.enter_async_context(database.reading())
        for _ in range(plain):
            await held.enter_async_context(database.alone())
        answers = await asyncio.gather(*(clean.client.get("/readyz") for _ in range(20)))
        assert {answer.status for answer in answers} == {200}


async def test_readiness_comes_back_after_its_connection_was_cut(clean):
    assert (await clean.client.get("/readyz")).status == 200
    await clean.sql("select pg_terminate_backend($1)", clean.app.state.database._asked.get_server_pid())
    assert (await clean.client.get("/readyz")).status == 200


async def test_a_reader_who_does_not_read_keeps_no_connection(clean):
    await clean.client.post("/v1/notes", json={"text": "x" * 40})
    host, _, port = clean.client.url.removeprefix("http://").partition(":")
    _, writer = await asyncio.open_connection(host, int(port), limit=1024)
    writer.transport.pause_reading()
    line = f"GET /v1/notes HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {clean.client.token}\r\n\r\n"
    for _ in range(50):
        writer.write(line.encode() * 100)
    await wait_for(lambda: _true(clean.app.state.database.use()[0][1] == 0))
    writer.transport.abort()


async def _true(value):
    return value


async def test_loads_are_for_those_who_may(clean):
    answer = await clean.client.post("/v1/loads", data=b"x" * 100)
    assert (answer.status, answer.code) == (403, "role-missing")


async def test_a_load_of_many_lines_is_whole_and_covered_by_its_key(clean, token):
    hris = clean.client.using(token("hris", units=("N-1",)))
    body = b"".join(b"line %d\n" % number for number in range(200_000))
    assert len(body) > bodies.IN_MEMORY
    first = await hris.post("/v1/loads", data=io.BytesIO(body), key="load")
    again = await hris.post("/v1/loads", data=io.BytesIO(body), key="load")
    assert (first.json, again.body, again.headers["idempotency-replayed"]) == (
        {"received": 200_000},
        first.body,
        "true",
    )
    other = await hris.post("/v1/loads", data=io.BytesIO(body[:-1] + b"x"), key="load")
    assert other.code == "idempotency-key-reused"
    assert await clean.sql("select count(*) from note") == 200_000


async def test_a_load_has_limits(clean, token, monkeypatch):
    hris = clean.client.using(token("hris", units=("N-1",)))
    monkeypatch.setattr(bodies, "MAX_LOAD", 2_000_000)
    assert (await hris.post("/v1/loads", data=io.BytesIO(b"x" * 2_000_001))).code == "body-too-large"
    monkeypatch.setattr(bodies, "ROOM", 1_000_000)
    full = await hris.post("/v1/loads", data=io.BytesIO(b"x" * 1_500_000))
    assert (full.status, full.code, full.headers["Retry-After"]) == (503, "loads-busy", "10")
    assert clean.app.state.loads._stored == 0
    monkeypatch.setattr(bodies, "PLACES", 2)
    async with paused(clean.client, "/v1/loads", hris.token):
        await wait_for(lambda: _true(clean.app.state.loads._places._callers.total() == 1))
        assert (await hris.post("/v1/loads", data=b"x")).code == "loads-busy", (
            "half of the places are one caller's"
        )
        other = clean.client.using(token("hris", units=("N-1",), subject="other"))
        assert (await other.post("/v1/loads", data=b"x\n")).status == 200


async def test_loads_are_stored_a_few_at_a_time(monkeypatch):
    loads = Loads(1)
    async with loads.turn():
        monkeypatch.setattr(bodies, "PATIENCE", 0.01)
        with pytest.raises(Unavailable):
            async with loads.turn():
                pass
    async with loads.turn():
        pass


async def test_json_that_is_nested_too_deeply_is_refused(clean):
    for body in (b"[" * 1100, b'{"text": ' + b"[" * 300_000, b'{"a":' * 65 + b"1" + b"}" * 65):
        answer = await clean.client.post("/v1/notes", data=body, headers={"Content-Type": "application/json"})
        assert (answer.status, answer.code) == (422, "input-invalid")
        assert answer.json["errors"][0]["code"] == "nested-too-deeply"


@pytest.mark.parametrize(
    ("value", "deep"),
    [([], 1), ({"a": [1, {"b": "[[[["}], "[": '{"\\'}, 3), ("[" * 90, 0), ([[]] * 100, 2), (None, 0)],
)
def test_depth_is_that_of_values_and_not_of_text(value, deep):
    assert depth(json.dumps(value).encode()) == deep


async def test_a_body_is_bounded_whatever_it_says_of_its_length(clean, monkeypatch):
    monkeypatch.setattr(bodies, "MAX_BODY", 1000)

    async def chunked():
        for _ in range(20):
            yield b"x" * 100

    answer = await clean.client.post(
        "/v1/notes", data=chunked(), headers={"Content-Type": "application/json"}
    )
    assert (answer.status, answer.code) == (413, "body-too-large")


async def test_errors_are_bounded_whatever_was_sent(clean):
    wrong = {"text": "x", **{f"f{number}": 1 for number in range(1000)}, "k" * 100_000: 1}
    answer = await clean.client.post("/v1/notes/strict", json=wrong)
    assert answer.status == 422
    assert len(answer.json["errors"]) == 100
    assert len(answer.body) < 100_000
