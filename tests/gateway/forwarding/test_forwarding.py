import asyncio

import aiohttp
import pytest
from aiohttp import web

from services.gateway.forwarding import forwarder
from services.gateway.http_client import upstream

pytestmark = pytest.mark.asyncio(loop_scope="function")


async def test_a_request_passes_to_its_owner_and_its_answer_back(world):
    world.planning.answer(
        "/v1/plans", {"items": [1]}, headers={"ETag": '"3"', "Link": "</v1/plans?cursor=x>; rel=next"}
    )
    answer = await world.client.get("/v1/plans?unit=N%261&state=agreed", headers={"Accept-Language": "fr"})
    assert (answer.status, answer.json) == (200, {"items": [1]})
    assert answer.headers["ETag"] == '"3"'
    assert answer.headers["Link"] == "</v1/plans?cursor=x>; rel=next"
    [asked] = world.planning.asked
    assert asked.raw_path == "/v1/plans?unit=N%261&state=agreed"
    assert asked.headers["Authorization"] == f"Bearer {world.client.token}"
    assert asked.headers["Accept-Language"] == "fr"
    assert not world.registry.asked


async def test_encoded_paths_are_not_rewritten(world):
    await world.client.get("/v1/units/a%2Fb%20c")
    assert world.registry.asked[0].raw_path == "/v1/units/a%2Fb%20c"


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
async def test_writes_pass_with_their_headers(world, method):
    world.registry.answer("/v1/people/1", {"ok": True}, 201)
    answer = await world.client.call(
        method, "/v1/people/1", json={"cadre": "nurse"}, key="k-1", if_match='"2"', headers={"TE": "trailers"}
    )
    assert answer.status == 201
    [asked] = world.registry.asked
    assert asked.method == method
    assert asked.headers["Idempotency-Key"] == "k-1"
    assert asked.headers["If-Match"] == '"2"'
    assert "TE" not in asked.headers
    assert world.registry.bodies == [b'{"cadre": "nurse"}']


async def test_headers_of_one_connection_do_not_pass(world):
    world.registry.answer(
        "/v1/units", {}, headers={"Connection": "X-Private", "X-Private": "1", "X-Kept": "2"}
    )
    headers = {"Connection": "keep-alive, X-Hop", "X-Hop": "1", "Proxy-Authorization": "x"}
    answer = await world.client.get("/v1/units", headers=headers)
    assert "X-Private" not in answer.headers
    assert answer.headers["X-Kept"] == "2"
    assert answer.headers.getall("Date") == [answer.headers["Date"]]
    assert not {"X-Hop", "Proxy-Authorization"} & set(world.registry.asked[0].headers)


async def test_the_trace_goes_on(world):
    sent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    await world.client.get("/v1/units", headers={"traceparent": sent})
    [parent] = world.registry.asked[0].headers.getall("traceparent")
    assert parent.split("-")[1] == sent.split("-")[1]
    assert parent != sent, "the gateway's own span is the parent"


@pytest.mark.parametrize(
    "path", ["/v1/nothing", "/v1/", "/v1/internal/flow", "/v2/units", "/", "/internal/flow"]
)
async def test_unknown_paths_reach_nobody(world, path):
    answer = await world.client.get(path)
    assert (answer.status, answer.code) == (404, "route-unknown")
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert not any(service.asked for service in (world.registry, world.assessment, world.planning))


async def test_without_a_good_token_nothing_passes(world, token):
    for bad, code in [
        (None, "token-missing"),
        ("nonsense", "token-invalid"),
        (token("hris", seconds=-60), "token-expired"),
        (token("hris", aud="other"), "token-audience"),
    ]:
        answer = await world.client.using(bad).get("/v1/units")
        assert (answer.status, answer.code) == (401, code)
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    nobody = await world.client.using(token(subject="ama")).get("/v1/units")
    assert (nobody.status, nobody.code) == (403, "role-missing")
    assert not world.registry.asked


async def test_a_service_that_is_down_is_503_with_retry_after(world, monkeypatch):
    monkeypatch.setattr(forwarder, "PAUSES", (0.01,))
    await world.registry.stop()
    for method in ("GET", "POST"):
        answer = await world.client.call(method, "/v1/units")
        assert (answer.status, answer.code) == (503, "service-away")
        assert answer.headers["Retry-After"] == "2"


async def test_an_idempotent_request_waits_for_a_service_that_starts(world, monkeypatch):
    monkeypatch.setattr(forwarder, "PAUSES", (0.05,) * 40)
    world.registry.answer("/v1/units", {"items": []})
    await world.registry.stop()
    asking = [
        asyncio.create_task(world.client.get("/v1/units")),
        asyncio.create_task(world.client.post("/v1/units", json={"code": "N1"}, key="k")),
    ]
    plain = await world.client.post("/v1/units", json={"code": "N1"})
    assert (plain.status, plain.code) == (503, "service-away"), "without a key it is not sent again"
    await world.registry.start()
    assert [answer.status for answer in await asyncio.gather(*asking)] == [200, 200]


async def test_a_service_killed_before_its_answer_is_502(world):
    async def die(request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    world.registry.answer("/v1/units", die)
    answer = await world.client.post("/v1/units", json={})
    assert (answer.status, answer.code) == (502, "service-failed")
    assert len(world.registry.asked) == 1, "it may have done its work, so it is not asked again"


async def test_a_small_answer_that_breaks_off_is_502(world):
    async def half(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "1000"})
        await response.prepare(request)
        await response.write(b"x" * 500)
        assert request.transport is not None
        request.transport.abort()
        return response

    world.registry.answer("/v1/units", half)
    answer = await world.client.get("/v1/units")
    assert (answer.status, answer.code) == (502, "service-failed")


@pytest.mark.parametrize("length", [None, str(1 << 30)])
async def test_a_service_killed_in_mid_answer_never_looks_whole(world, length):
    async def half(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": length} if length else {})
        await response.prepare(request)
        await response.write(b"x" * 500_000)
        assert request.transport is not None
        request.transport.close()  # what was written leaves, the end does not
        return response

    world.registry.answer("/v1/units", half)
    with pytest.raises(aiohttp.ClientPayloadError):
        await world.client.get("/v1/units")


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(upstream, "READ_TIMEOUT", 0.05)


async def test_a_late_service_is_504(impatient, world):
    world.registry.delay = 5
    answer = await world.client.get("/v1/units")
    assert (answer.status, answer.code) == (504, "service-late")
