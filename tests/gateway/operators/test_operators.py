"""What operators see: flow, clock, the development issuer, health."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.gateway.main import create
from tests.served import serving

pytestmark = pytest.mark.asyncio(loop_scope="function")

COUNTS = {
    "events_published": 10,
    "events_waiting": 1,
    "events_consumed": 8,
    "events_failing": 0,
    "dead_letters": 2,
    "dead_letters_dropped": 1,
    "backlog": 3,
}


@pytest.fixture
def ops(world, token):
    return world.client.using(token("ops"))


async def test_flow_sums_over_the_services(world, ops):
    for service in (world.registry, world.assessment, world.planning, world.evaluation):
        service.answer("/internal/flow", {"service": service.name, **COUNTS})
    found = (await ops.get("/v1/flow")).json
    assert {name: found[name] for name in COUNTS} == {name: 4 * count for name, count in COUNTS.items()}
    assert found["services"]["planning"]["backlog"] == 3
    assert found["missing"] == []
    await world.planning.stop()
    found = (await ops.get("/v1/flow")).json
    assert (found["events_published"], found["backlog"]) == (30, None)
    assert found["missing"] == [{"part": "planning", "reason": "service-away"}]


@pytest.mark.parametrize(
    "path", ["/v1/flow", "/v1/dead-letters", "/v1/dead-letters/1", "/v1/refused-events", "/v1/clock"]
)
async def test_only_operators_see_operations(world, path):
    answer = await world.client.get(path)
    assert (answer.status, answer.code) == (403, "role-missing")
    assert (await world.client.using(None).get(path)).code == "token-missing"


async def test_without_a_broker_dead_letters_are_unavailable(ops):
    answer = await ops.get("/v1/dead-letters")
    assert (answer.status, answer.code) == (503, "broker-away")
    assert answer.headers["Retry-After"]


async def test_the_clock_moves_forward(world, ops, gateway_settings):
    moved = (await ops.put("/v1/clock", json={"offset_seconds": 30 * 86400})).json
    assert moved["offset_seconds"] == 30 * 86400
    assert (moved["time_zone"], moved["today"]) == ("UTC", moved["now"][:10])
    ahead = datetime.fromisoformat(moved["now"]) - datetime.now(UTC)
    assert timedelta(days=29) < ahead <= timedelta(days=30)
    assert (await ops.get("/v1/clock")).json["offset_seconds"] == 30 * 86400
    assert float(gateway_settings.clock_file.read_text()) == 30 * 86400
    await ops.put("/v1/clock", json={"offset_seconds": 0})
    refused: list[Any] = [{"offset_seconds": "soon"}, {"offset_seconds": 1e12}, {}, []]
    for wrong in refused:
        answer = await ops.put("/v1/clock", json=wrong)
        assert (answer.status, answer.code) == (422, "input-invalid")


async def test_the_development_issuer_describes_itself(world, issuer):
    found = (await world.client.using(None).get("/dev/issuer/.well-known/openid-configuration")).json
    assert found["issuer"] == issuer.name
    keys = await world.client.using(None).get("/dev/issuer/jwks.json")
    assert found["jwks_uri"] == world.client.url + "/dev/issuer/jwks.json"
    assert keys.json == issuer.jwks()
    assert "private" not in json.dumps(keys.json)


async def test_the_address_of_the_keys_is_not_what_a_request_names_as_host(world, gateway_settings):
    path = "/dev/issuer/.well-known/openid-configuration"
    forged = {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example"}
    found = (await world.client.using(None).get(path, headers=forged)).json
    assert found["jwks_uri"] == world.client.url + "/dev/issuer/jwks.json"
    address = "http://gateway:8080/dev/issuer/jwks.json"
    async with serving(create(gateway_settings.model_copy(update={"oidc_jwks_url": address}))) as client:
        assert (await client.get(path, headers=forged)).json["jwks_uri"] == address


async def test_production_has_neither_clock_nor_issuer(gateway_settings, tmp_path, issuer, token):
    changes = {"mode": "production", "oidc_issuer": "https://issuer.example"}
    async with serving(create(gateway_settings.model_copy(update=changes))) as client:
        assert (await client.get("/dev/issuer/jwks.json")).status == 404
        mine = token("ops", iss="https://issuer.example")
        answer = await client.using(mine).get("/v1/clock")
        assert (answer.status, answer.code) == (404, "route-unknown")


async def test_health_says_what_is_away(world):
    client = world.client.using(None)
    assert (await client.get("/healthz")).json == {"status": "ok"}
    for service in (world.registry, world.assessment, world.planning, world.evaluation):
        service.answer("/healthz", {"status": "ok"})
    assert (await client.get("/readyz")).json["status"] == "ok"
    await world.evaluation.stop()
    ready = await client.get("/readyz")
    assert ready.status == 200
    assert ready.json["status"] == "degraded"
    assert ready.json["evaluation"] == "service-away"
    assert b"steward_http_seconds" in (await client.metrics()).body


@pytest.mark.parametrize("mode", ["local", "production"])
async def test_metrics_are_not_on_the_port_that_everybody_reaches(gateway_settings, token, mode):
    real = {"oidc_issuer": "https://id.example.org", "oidc_jwks_url": "https://127.0.0.1:9/keys"}
    changes = {"mode": mode, "metrics_port": 0} | (real if mode == "production" else {})
    async with serving(create(gateway_settings.model_copy(update=changes))) as client:
        for caller in (None, token("ops")):
            assert (await client.using(caller).get("/metrics")).status == 404
            for path in ("/metrics/", "/v1/metrics", "//metrics", "/%6detrics", "/metrics?a=b"):
                answer = await client.using(caller).get(path)
                assert (answer.status >= 400, b"steward_" in answer.body) == (True, False), path
        assert (await client.metrics()).status == 200
        async with client.http.get(f"{client.operators}/v1/me") as beside:
            assert beside.status == 404  # nothing else is there


async def test_metrics_name_resources_not_ids(world):
    await world.client.get("/v1/people/0192f0c1")
    body = (await world.client.metrics()).body
    assert b'route="/v1/people"' in body
    assert b"0192f0c1" not in body
