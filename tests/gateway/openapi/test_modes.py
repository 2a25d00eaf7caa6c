"""Every document, page and command in each mode and place of a federation, not only in the one of a laptop."""

import importlib
import json
import re
from functools import cache

import pytest
from fastapi.routing import iter_route_contexts

from deploy.services import NAMES
from services.gateway.main import create
from shared.http.openapi import METHODS
from shared.settings import Settings
from tests.gateway.services import running
from tests.served import serving
from tests.shared.auth.issuers import NAME, issuer

MODES = ("local", "production")
ROLES = ("none", "hub", "region")
KEY = issuer()


def application(service, mode, federation):
    settings = Settings(
        service=service, mode=mode, federation=federation, database_url="postgresql://nobody@127.0.0.1:9/none"
    )
    return importlib.import_module(f"services.{service}.main").create(settings)


@cache  # each is asked for by several tests, and takes a fifth of a second
def document(service, mode, federation):
    return application(service, mode, federation).openapi()


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


PAGES = ("/openapi.json", "/docs", "/docs/events", "/redoc", "/docs/oauth2-redirect", "/")


@pytest.mark.asyncio(loop_scope="function")
@pytest.mark.parametrize("federation", ROLES)
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("service", NAMES[:4])
async def test_a_service_shows_its_document_and_has_no_page_of_its_own(service, mode, federation):
    """The pages are the gateway's, with the document of all: what a service lacks is a plain problem."""
    app = application(service, mode, federation)
    for path in PAGES:
        status, kind, body = await asked_in_process(app, path)
        if path == "/openapi.json":
            assert (status, kind, json.loads(body)["openapi"][:2]) == (200, "application/json", "3.")
        else:
            assert (status, kind) == (404, "application/problem+json"), (path, body)
            assert json.loads(body)["code"] == "route-unknown"


async def asked_in_process(app, path):
    """Status, media type and body of an answer to GET, of an application that nothing is started for."""
    sent = []
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "path": path,
        "raw_path": path.encode(), "root_path": "", "scheme": "http", "query_string": b"", "headers": [],
        "client": ("127.0.0.1", 9), "server": ("127.0.0.1", 9),
    }  # fmt: skip

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message):
        sent.append(message)

    await app(scope, receive, send)
    headers = dict(sent[0]["headers"])
    return sent[0]["status"], headers[b"content-type"].decode(), b"".join(part["body"] for part in sent[1:])


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
