"""The merged document of the real services, and the page that shows it."""

import importlib
import re
from typing import Any

import pytest

from services.gateway.forwarding import routes
from services.gateway.openapi import documents as module
from shared.settings import Settings

pytestmark = pytest.mark.asyncio(loop_scope="function")


@pytest.fixture(scope="module")
def real() -> dict[str, dict[str, Any]]:
    """Each service's own document."""
    found = {}
    for name in routes.SERVICES:
        settings = Settings(service=name, database_url="postgresql://nobody@127.0.0.1:9/none")
        found[name] = importlib.import_module(f"services.{name}.main").create(settings).openapi()
    return found


@pytest.fixture
def described(world, real):
    for name, document in real.items():
        getattr(world, name).answer("/openapi.json", document)
    return world


async def test_every_path_has_its_owner_and_every_owner_its_path(real):
    for name, document in real.items():
        for path in document["paths"]:
            assert routes.owner(path) == name, path
    used = {routes.segment(path) for document in real.values() for path in document["paths"]}
    assert used == set(routes.OWNERS) - set(routes.PROTOCOLS), "a protocol of others describes itself"


async def test_the_document_holds_every_operation_of_every_service(described, real):
    answer = await described.client.using(None).get("/openapi.json")
    document = answer.json
    assert document["openapi"] == "3.1.0"
    for one in real.values():
        for path, item in one["paths"].items():
            assert item.keys() == document["paths"][path].keys()
    assert {"/v1/people/{person_id}/profile", "/v1/units/{code}/overview", "/v1/flow"} <= document[
        "paths"
    ].keys()
    ids = [operation["operationId"] for item in document["paths"].values() for operation in item.values()]
    assert len(ids) == len(set(ids))
    again = await described.client.get("/openapi.json", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status == 304


async def test_every_reference_leads_somewhere(described):
    answer = await described.client.get("/openapi.json")
    schemas = answer.json["components"]["schemas"]
    for reference in set(re.findall(rb'"#/components/schemas/([^"]+)"', answer.body)):
        assert reference.decode() in schemas


async def test_every_reference_is_one_that_the_page_can_follow(described):
    """The page gives Swagger UI an operation with what it refers to: a kind of component and a plain name."""
    answer = await described.client.get("/openapi.json")
    components = answer.json["components"]
    for reference in set(re.findall(rb'"\$ref":"([^"]+)"', answer.body)):
        found = re.fullmatch("#/components/([a-zA-Z]+)/([^/~%]+)", reference.decode())
        assert found, reference
        assert found[2] in components[found[1]]


async def test_a_service_that_is_down_keeps_its_last_known_part(described, monkeypatch):
    monkeypatch.setattr(module, "FRESH", 0.0)
    before = (await described.client.get("/openapi.json")).json
    await described.planning.stop()
    described.assessment.problem("/openapi.json", 500, "internal-error")
    assert (await described.client.get("/openapi.json")).json == before


async def test_a_service_that_comes_later_is_added(described, real, monkeypatch):
    described.planning.problem("/openapi.json", 503, "database-away")
    first = await described.client.get("/openapi.json")
    assert "/v1/plans" not in first.json["paths"]
    described.planning.answer("/openapi.json", real["planning"])
    second = await described.client.get("/openapi.json")
    assert "/v1/plans" in second.json["paths"]
    assert second.headers["ETag"] != first.headers["ETag"]


async def test_the_page_needs_no_other_machine(described):
    client = described.client.using(None)
    page = (await client.get("/docs")).body.decode()
    assert not re.findall(r"""(?:src|href)=["']?(?:https?:)?//""", page)
    for path in re.findall(r"""(?:src|href)=["'](/docs/[^"']+)""", page):
        assert (await client.get(path)).status == 200, path
    script = (await client.get("/docs/swagger-ui-bundle.js")).body
    assert b"3.1" in script
    assert (await client.get("/docs/core.py")).status == 404
    assert (await client.get("/docs/..%2Fcore.py")).status == 404


async def test_the_page_of_the_events_needs_no_other_machine(described):
    client = described.client.using(None)
    answer = await client.get("/docs/events")
    page = answer.body.decode()
    assert answer.headers["Content-Type"].startswith("text/html")
    assert "http" not in answer.headers["Content-Security-Policy"]  # the browser fetches from here alone
    assert "//" not in page
    paths = re.findall(r"""(?:src|href|url)(?:=|: )["']([^"']+)""", page)
    assert len(paths) == 4
    for path in paths:
        assert path.startswith("/docs/")
        assert (await client.get(path)).status == 200, path
    assert b"url(" not in (await client.get("/docs/events/asyncapi.css")).body
    document = await client.get("/docs/events/asyncapi.json")
    assert (document.json["asyncapi"], "ETag" in document.headers) == ("3.0.0", True)
    for other in ("README.md", "asyncapi.js.gz", "..%2Fproblems.json", "../problems.json", ""):
        assert (await client.get(f"/docs/events/{other}")).status == 404, other


async def test_the_script_of_the_events_comes_as_the_caller_can_read_it(described):
    get = described.client.using(None).get
    packed = await get("/docs/events/asyncapi.js")
    plain = await get("/docs/events/asyncapi.js", headers={"Accept-Encoding": "identity"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in plain.headers
    assert packed.body == plain.body
    assert b"AsyncApiStandalone" in plain.body
