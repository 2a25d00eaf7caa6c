"""Every document, page and command in each mode and place of a federation, not only in the one of a laptop."""

import importlib
import json
import re

import pytest
from fastapi.routing import iter_route_contexts

from deploy.services import NAMES
from services.gateway.main import create
from shared.http.documents import METHODS
from shared.settings import Settings
from tests.gateway.services import running
from tests.served import serving
from tests.shared.auth.issuers import NAME, issuer

MODES = ("local", "production")
ROLES = ("none", "hub", "region")
KEY = issuer()


def document(service, mode, federation):
    settings = Settings(
        service=service, mode=mode, federation=federation, database_url="postgresql://nobody@127.0.0.1:9/none"
    )
    return importlib.import_module(f"services.{service}.main").create(settings).openapi()


@pytest.mark.parametrize("federation", ROLES)
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("service", NAMES)
def test_every_document_is_built_in_every_mode(service, mode, federation):
    found = document(service, mode, federation)
    local = document(service, "local", "none")
    assert found["components"]["schemas"].keys() <= local["components"]["schemas"].keys()
    only_local = {path for path in local["paths"] if path not in found["paths"]}
    assert only_local == ({"/v1/clock"} if (service, mode) == ("gateway", "production") else set())
    for item in found["paths"].values():
        for method in item.keys() & set(METHODS):
            assert item[method]["responses"]


@pytest.mark.parametrize("service", NAMES)
def test_no_example_is_of_a_schema_that_is_gone(service):
    folder = importlib.import_module(f"services.{service}").__path__[0]
    with open(f"{folder}/content/examples.json") as file:
        examples = json.load(file)
    assert (
        examples.get("schemas", {}).keys()
        <= document(service, "local", "none")["components"]["schemas"].keys()
    )


@pytest.mark.asyncio(loop_scope="function")
@pytest.mark.parametrize("federation", ROLES)
@pytest.mark.parametrize("mode", MODES)
async def test_every_page_is_answered_in_every_mode(gateway_settings, tmp_path, mode, federation):
    keys = tmp_path / "keys.json"
    keys.write_text(json.dumps(KEY.jwks()))
    changes = {"mode": mode, "federation": federation, "oidc_issuer": NAME, "oidc_jwks_url": keys.as_uri()}
    async with running(*NAMES[:4]) as services:
        for name, service in services.items():
            service.answer("/openapi.json", document(name, mode, federation))
        urls = {name: service.url for name, service in services.items()}
        app = create(gateway_settings.model_copy(update={**changes, "services": urls}))
        pages = [
            context.path for context in iter_route_contexts(app.routes) if "GET" in (context.methods or ())
        ]
        async with serving(app) as client:
            merged = await client.get("/openapi.json")
            assert merged.status == 200
            paths = {*pages, *(path for path, item in merged.json["paths"].items() if "get" in item)}
            assert {"/docs", "/docs/events", "/readyz"} <= paths
            for path in sorted(paths):
                asked = re.sub(r"\{[^}]*\}", "1", path)
                answer = await client.get(asked, token=KEY.token("ops"))
                assert answer.status != 500, (path, answer.body)
