"""Bodies stream both ways in bounded memory, within the limits of their kind."""

import asyncio
import tracemalloc

import aiohttp
import pytest
from aiohttp import web

from services.gateway.forwarding import forwarder
from shared.http import bodies
from tests.servers import wait_for

pytestmark = pytest.mark.asyncio(loop_scope="function")

MEGABYTE = b"x" * (1 << 20)


async def test_large_bodies_stream_both_ways_in_bounded_memory(world):
    """64 MB up and 64 MB down; everything runs in this process, so its peak bounds the gateway's."""
    received = 0

    async def count(request: web.Request) -> web.StreamResponse:
        nonlocal received
        async for chunk in request.content.iter_any():
            received += len(chunk)
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(64):
            await response.write(MEGABYTE)
        return response

    async def upload():
        for _ in range(64):
            yield MEGABYTE

    world.registry.answer("/v1/imports/people", count)
    headers = {"Authorization": f"Bearer {world.client.token}", "Content-Type": "application/x-ndjson"}
    url = world.client.url + "/v1/imports/people"
    tracemalloc.start()
    try:
        async with world.client.http.post(url, data=upload(), headers=headers) as response:
            assert response.status == 200
            size = sum([len(chunk) async for chunk in response.content.iter_any()])
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (received, size) == (64 << 20, 64 << 20)
    assert peak < 16 << 20, f"{peak} bytes at the peak"


async def test_bodies_have_limits_by_their_kind(world, monkeypatch):
    monkeypatch.setattr(forwarder, "MAX_BODY", 1000)
    monkeypatch.setattr(forwarder, "MAX_IMPORT", 600_000)
    world.registry.answer("/v1/imports/people", {"received": 1})

    async def chunked(size: int):
        for _ in range(size // 100_000):
            yield b"x" * 100_000

    lines = {"Content-Type": "application/x-ndjson; charset=utf-8"}
    post = world.client.post
    large = await post("/v1/units", data=b"x" * 1001)
    assert (large.status, large.code) == (413, "body-too-large")
    large = await post("/v1/imports/people", data=b"x" * 600_001, headers=lines)
    assert (large.status, large.code) == (413, "body-too-large")
    large = await post("/v1/imports/people", data=chunked(2_000_000), headers=lines)
    assert (large.status, large.code) == (413, "body-too-large")
    assert world.registry.bodies == [], "nothing of it counts as received"
    assert (await post("/v1/imports/people", data=chunked(500_000), headers=lines)).status == 200


async def test_a_caller_that_goes_away_leaves_no_half_body_behind(world):
    broken = asyncio.Event()

    async def read(request: web.Request) -> web.StreamResponse:
        try:
            await request.read()
        except (Exception, asyncio.CancelledError):
            broken.set()
            raise
        return web.Response()

    async def upload():
        yield MEGABYTE
        raise ConnectionAbortedError

    world.registry.answer("/v1/imports/people", read)
    with pytest.raises(aiohttp.ClientError):
        await world.client.post(
            "/v1/imports/people", data=upload(), headers={"Content-Type": "application/x-ndjson"}
        )
    await asyncio.wait_for(broken.wait(), 5)


async def test_head_and_empty_answers_pass(world):
    world.registry.answer("/v1/units", {"items": []})

    async def empty(_: web.Request) -> web.StreamResponse:
        return web.Response(status=304, headers={"ETag": '"1"'})

    world.registry.answer("/v1/units/N", empty)
    answer = await world.client.get("/v1/units/N")
    assert (answer.status, answer.body, answer.headers["ETag"]) == (304, b"", '"1"')
    head = await world.client.call("HEAD", "/v1/units")
    assert (head.status, head.body) == (200, b"")


async def test_a_small_body_that_comes_slowly_takes_no_connection_to_a_service(world):
    world.registry.answer("/v1/units", {"unit_code": "N"}, 201)
    rest = asyncio.Event()

    async def slowly():
        yield b'{"name": '
        await rest.wait()
        yield b'"North"}'

    posting = asyncio.create_task(world.client.post("/v1/units", data=slowly()))
    assert (await world.client.post("/v1/units", data=b"{}")).status == 201
    assert (await world.client.get("/readyz")).status == 200
    assert len([request for request in world.registry.asked if request.path == "/v1/units"]) == 1
    rest.set()
    assert (await posting).status == 201
    assert world.registry.bodies[-1] == b'{"name": "North"}'


async def test_long_bodies_that_pause_have_places_of_their_own(world, token, monkeypatch):
    monkeypatch.setattr(bodies, "PLACES", 2)
    world.registry.answer("/v1/imports/people", {"received": 1})
    world.registry.answer("/v1/units", {"items": []})
    lines = {"Content-Type": "application/x-ndjson"}
    rest = asyncio.Event()

    async def paused():
        yield MEGABYTE
        await rest.wait()
        yield b"x"

    first = asyncio.create_task(world.client.post("/v1/imports/people", data=paused(), headers=lines))
    await wait_for(lambda: world.registry.asked)
    busy = await world.client.post("/v1/imports/people", data=chunks(), headers=lines)
    assert (busy.status, busy.code, busy.headers["Retry-After"]) == (503, "loads-busy", "10")
    other = world.client.using(token("hris", units=("N",)))
    assert (await other.post("/v1/imports/people", data=chunks(), headers=lines)).status == 200
    assert (await world.client.get("/v1/units")).status == 200
    assert (await world.client.call("HEAD", "/v1/units")).status == 200
    rest.set()
    assert (await first).status == 200
    assert (await world.client.post("/v1/imports/people", data=chunks(), headers=lines)).status == 200


async def chunks():
    """More than is taken whole."""
    yield MEGABYTE
