"""Every call that a page shows is one that a service answers: its method and path are in the OpenAPI documents."""

import re
import shlex
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts
from scim2_server.routing import ROUTES

from deploy.services import service_names
from shared.settings import Settings
from tests.docs.pages import PAGES, name, shell
from tests.served import application

Call = tuple[str, str]
NOWHERE = "postgresql://nobody@127.0.0.1:1/nothing"  # composed, never connected


@cache
def operations() -> frozenset[Call]:
    """(method, path template) of every service, and what the gateway answers beside its document."""
    found = {("GET", path) for path in ("/docs", "/openapi.json", "/healthz", "/readyz")}
    found.add(("GET", "/metrics"))  # on a port of its own
    found |= {("POST", "/oauth/token"), ("GET", "/.well-known/oauth-authorization-server")}
    for service in service_names():
        app = application(Settings(service=service, mode="local", database_url=NOWHERE))
        found |= {(method.upper(), path) for path, item in app.openapi()["paths"].items() for method in item}
        found |= {(method, route.path) for route in described_elsewhere(app) for method in route.methods}
    found |= {(route.method, f"/scim/v2{route.pattern}") for route in ROUTES}  # SCIM describes itself
    return frozenset(found)


def described_elsewhere(app: FastAPI) -> list[APIRoute]:
    """Routes of FHIR, which describes itself, but for the one that refuses the rest."""
    routes = (context.original_route for context in iter_route_contexts(app.routes))
    return [
        route
        for route in routes
        if isinstance(route, APIRoute) and route.path.startswith("/fhir/") and ":path" not in route.path
    ]


def call(line: str) -> Call | None:
    """Method and path of a curl line; the guides' `api` is curl with a token."""
    words = shlex.split(line.partition(" > ")[0], comments=True)
    if not words or words[0] not in {"curl", "api"}:
        return None
    url = next(word for word in words[1:] if word.startswith(("$URL", "http://127.0.0.1")))
    sends = any(word == "-d" or word.startswith(("--json", "--data")) for word in words)
    method = words[words.index("-X") + 1] if "-X" in words else "POST" if sends else "GET"
    return method, urlsplit(url.replace("$URL", "http://gateway")).path


def answered(method: str, path: str) -> bool:
    return any(
        method == known and re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path)
        for known, template in operations()
    )


def named(page: Path) -> list[Call]:
    """Calls in the text: `POST /v1/...`."""
    return re.findall(r"`(GET|POST|PUT|PATCH|DELETE) (/[\w/{}.-]+)", page.read_text())


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_calls_exist(page: Path):
    shown = [found for line in shell(page) if (found := call(line))]
    internal = "/internal/"  # between services, in no document
    calls = [(method, path) for method, path in [*shown, *named(page)] if not path.startswith(internal)]
    assert [found for found in calls if not answered(*found)] == []


def test_a_wrong_call_is_noticed():
    assert call("""api "$URL/v1/units/K-1" -X PATCH --json '{}'""") == ("PATCH", "/v1/units/K-1")
    assert answered("PATCH", "/v1/units/K-1")
    assert not answered("PUT", "/v1/units/K-1")
    assert not answered("GET", "/v1/unit")
