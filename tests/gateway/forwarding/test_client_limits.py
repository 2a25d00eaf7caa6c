"""Clients and their limits: told in every answer, refused in each protocol's own form, people left alone."""

import re
from types import SimpleNamespace

import pytest
import pytest_asyncio

from services.gateway.forwarding import client_limits
from services.gateway.main import create
from tests.served import serving

pytestmark = pytest.mark.asyncio(loop_scope="function")
QUOTA = 30
STATE = re.compile(r'"client";r=(\d+);t=(\d+)')


@pytest_asyncio.fixture(loop_scope="function")
async def limited(gateway_settings, world, token, monkeypatch):
    """A gateway with a limit before the world's services, where no time passes; a program calls."""
    monkeypatch.setattr(client_limits, "time", SimpleNamespace(monotonic=lambda: 0.0))
    urls = {name: getattr(world, name).url for name in ("registry", "assessment", "planning", "evaluation")}
    changes = {"services": urls, "client_requests_per_minute": QUOTA}
    async with serving(create(gateway_settings.model_copy(update=changes))) as client:
        yield client.using(token("hris", units=("N",)))


async def test_each_answer_says_what_remains(limited, world):
    world.registry.answer("/v1/people", {"items": []})
    first, second = [
        await limited.get(path) for path in ("/v1/people", "/v1/clock")
    ]  # passed on, and its own
    assert first.headers["RateLimit-Policy"] == second.headers["RateLimit-Policy"] == '"client";q=30;w=60'
    assert [STATE.fullmatch(each.headers["RateLimit"]).groups() for each in (first, second)] == [
        ("29", "2"), ("28", "4"),
    ]  # fmt: skip


async def test_a_client_past_its_limit_is_refused_in_the_form_that_it_reads(limited, world, token):
    world.registry.answer("/v1/people", {"items": []})
    answers = [await limited.get("/v1/people") for _ in range(QUOTA + 1)]
    assert [each.status for each in answers[:QUOTA]] == [200] * QUOTA
    asked = len(world.registry.asked)
    for path, media in (
        ("/v1/people", "application/problem+json"),
        ("/v1/events", "application/problem+json"),
        ("/scim/v2/Users", "application/scim+json"),
        ("/fhir/r4/Practitioner", "application/fhir+json"),
    ):
        refused = await limited.get(path)
        assert (refused.status, refused.headers["Content-Type"].partition(";")[0]) == (429, media)
        assert b"quota-exceeded" in refused.body
        assert 1 <= int(refused.headers["Retry-After"]) <= 2
        assert STATE.fullmatch(refused.headers["RateLimit"]).group(1) == "0"
    assert len(world.registry.asked) == asked, "nothing of it reached a service"
    another = limited.using(token("hris", units=("N",), sub="another-client"))
    assert (await another.get("/v1/people")).status == 200
    person = limited.using(token("programme-manager", units=("N",)))
    answers = [await person.get("/v1/people") for _ in range(QUOTA + 1)]
    assert {each.status for each in answers} == {200}
    assert "RateLimit" not in answers[0].headers


async def test_a_wrong_token_is_refused_as_such(limited):
    for path in ("/v1/people", "/v1/events"):
        assert (await limited.get(path, token="nonsense")).code == "token-invalid"
