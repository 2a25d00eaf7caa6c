"""What goes past FastAPI, and that it looks the same from outside."""

import pytest

from services.gateway.forwarding import routes
from services.gateway.main import create
from shared.errors import Conflict

pytestmark = pytest.mark.asyncio(loop_scope="function")

KNOWN = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0"


@pytest.fixture
def app(gateway_settings):
    return create(gateway_settings)


def asked(path: str, method: str = "GET"):
    return {"type": "http", "method": method, "path": path}


async def test_what_the_gateway_answers_itself_is_not_passed_on(app):
    paths = [path.replace("{", "").replace("}", "") for path in app.openapi()["paths"]]
    assert "/v1/people/person_id/profile" in paths
    assert not [path for path in paths if app._door.takes(asked(path))]
    assert not app._door.takes(asked("/readyz"))


@pytest.mark.parametrize("resource", sorted(set(routes.OWNERS) - set(routes.PROTOCOLS)))
async def test_every_resource_of_a_service_is_passed_on(app, resource):
    for path in (f"/v1/{resource}", f"/v1/{resource}/1", f"/v1/{resource}/1/2/3"):
        assert app._door.takes(asked(path))
    assert app._door.takes(asked(f"/v1/{resource}", "OPTIONS"))  # the owner says what it allows
    assert not app._door.takes(asked(f"/v2/{resource}"))


@pytest.mark.parametrize(("root", "service"), routes.PROTOCOLS.items())
async def test_a_protocol_is_passed_on_below_its_root(world, app, root, service):
    assert app._door.takes(asked(f"{root}/x/1"))
    assert not app._door.takes(asked(f"/v1{root}"))
    assert not app._door.takes(asked(f"{root}x"))
    getattr(world, service).answer(f"{root}/x", {"of": service})
    assert (await world.client.get(f"{root}/x")).json == {"of": service}


async def test_refusals_of_the_gateway_are_outcomes_under_fhir(world):
    for headers, kind in (({}, "json"), ({"Accept": "application/fhir+xml"}, "xml")):
        refused = await world.client.using(None).get("/fhir/r4/Location", headers=headers)
        assert (refused.status, refused.headers["Content-Type"]) == (
            401,
            f"application/fhir+{kind}; charset=utf-8",
        )
        assert b"token-missing" in refused.body
        assert b"OperationOutcome" in refused.body
        assert "WWW-Authenticate" in refused.headers
    await world.registry.stop()
    away = await world.client.post("/fhir/r4", json={})
    assert (away.status, away.json["issue"][0]["code"]) == (503, "transient")


@pytest.mark.parametrize(("name", "service"), routes.NATIONAL.items())
async def test_a_national_figure_is_read_where_it_is_kept(world, name, service):
    stand_in = getattr(world, service)
    stand_in.answer(f"/v1/national/{name}", {"of": service})
    answer = await world.client.get(f"/v1/national/{name}", params={"period": "2026Q3"})
    assert (answer.status, answer.json) == (200, {"of": service})
    assert [str(request.rel_url) for request in stand_in.asked] == [f"/v1/national/{name}?period=2026Q3"]


@pytest.mark.parametrize("name", ["rollups", "plans", "indicators"])
async def test_figures_of_regions_units_are_read_there_too(world, name):
    path = f"/v1/national/{name}/units"
    stand_in = getattr(world, routes.NATIONAL[name])
    stand_in.answer(path, {"items": [], "next": None})
    answer = await world.client.get(path, params={"region": "north", "parent": "N-1"})
    assert (answer.status, answer.json) == (200, {"items": [], "next": None})
    assert str(stand_in.asked[-1].rel_url) == f"{path}?region=north&parent=N-1"


@pytest.mark.parametrize(("name", "service"), routes.RELEASES.items())
async def test_a_release_is_read_where_its_figures_are_kept(world, name, service):
    """With its digest, and a space in the name of its cube."""
    stand_in, path = getattr(world, service), f"/v1/releases/{name}/plans%20agreed/2026Q3/1"
    digest = {"Repr-Digest": "sha-256=:eA==:"}
    stand_in.answer(path.replace("%20", " "), {"of": service}, headers=digest)
    answer = await world.client.get(path)
    assert (answer.status, answer.json) == (200, {"of": service})
    assert answer.headers["Repr-Digest"] == digest["Repr-Digest"]
    assert [request.rel_url.raw_path for request in stand_in.asked] == [path]


@pytest.mark.parametrize("path", ["/v1/releases", "/v1/releases/", "/v1/releases/rollup", "/v1/releases/*"])
async def test_what_is_not_released_is_nobodys(world, path):
    answer = await world.client.get(path)
    assert (answer.status, answer.code) == (404, "route-unknown")


@pytest.mark.parametrize("path", ["/v1/national", "/v1/national/", "/v1/national/people", "/v1/national/*"])
async def test_what_is_not_added_up_nationally_is_nobodys(world, path):
    answer = await world.client.get(path)
    assert (answer.status, answer.code) == (404, "route-unknown")


async def test_a_write_to_a_view_is_refused_here(world):
    answer = await world.client.post("/v1/units/N/overview", json={})
    assert (answer.status, answer.code) == (405, "method-not-allowed")
    assert world.registry.asked == []


async def test_an_unforeseen_error_says_nothing_private(world, monkeypatch, caplog):
    def fail(path: str) -> str:
        raise RuntimeError(f"private {path}")

    monkeypatch.setattr(routes, "owner", fail)
    answer = await world.client.get("/v1/units/N", headers={"traceparent": KNOWN + "1"})
    assert (answer.status, answer.code) == (500, "internal-error")
    assert answer.json["trace_id"] == KNOWN.split("-")[1]
    assert b"private" not in answer.body
    assert "unforeseen RuntimeError at" in caplog.text
    assert "private" not in caplog.text


async def test_any_problem_is_answered_as_one(world, monkeypatch):
    def refuse(path: str) -> str:
        raise Conflict("moved", "It moved.")

    monkeypatch.setattr(routes, "owner", refuse)
    answer = await world.client.get("/v1/units/N")
    assert (answer.status, answer.code) == (409, "moved")


@pytest.mark.parametrize("flag", ["0", "1"])
async def test_the_callers_decision_to_sample_goes_on(world, flag):
    await world.client.get("/v1/units", headers={"traceparent": KNOWN + flag, "tracestate": "a=b"})
    [request] = world.registry.asked
    _, trace_id, span_id, flags = request.headers["traceparent"].split("-")
    assert (trace_id, flags) == (KNOWN.split("-")[1], "0" + flag)
    assert request.headers.getall("tracestate") == ["a=b"]
    assert span_id != KNOWN.split("-")[2]


@pytest.mark.parametrize("sent", ["nonsense", "00-" + "0" * 32 + "-" + "0" * 16 + "-01", "ff-1-2-3"])
async def test_a_malformed_trace_starts_a_new_one(world, sent):
    await world.client.get("/v1/units", headers={"traceparent": sent})
    [parent] = world.registry.asked[0].headers.getall("traceparent")
    _, trace_id, span_id, flags = parent.split("-")
    assert (len(trace_id), len(span_id), int(flags, 16) & 1) == (32, 16, 1)
    assert trace_id.strip("0")
