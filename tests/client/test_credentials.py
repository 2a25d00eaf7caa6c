"""Tokens by client credentials: one for many calls, a new one before its end, and why there is none."""

import asyncio
import time

import pytest

from steward_client import ClientCredentials, Problem
from tests.client.test_client import Server, server

__all__ = ["server"]
pytestmark = pytest.mark.asyncio(loop_scope="module")


def signed_in(server: Server) -> ClientCredentials:
    return ClientCredentials(server.client.url, "some client", "a:secret")


def token(name: str, lasts: int = 300) -> dict[str, object]:
    return {"access_token": name, "token_type": "Bearer", "expires_in": lasts}


async def test_one_token_serves_many_calls_at_once(server: Server):
    server.then(200, token("first"))
    for _ in range(3):
        server.then(200, {})
    client = server.client.using(signed_in(server))
    await asyncio.gather(*(client.get_me() for _ in range(3)))
    (asked, form), *calls = server.asked
    assert (asked.method, asked.path, form) == ("POST", "/oauth/token", b"grant_type=client_credentials")
    assert asked.headers["Authorization"] == "Basic c29tZStjbGllbnQ6YSUzQXNlY3JldA=="
    assert {call.headers["Authorization"] for call, _ in calls} == {"Bearer first"}


@pytest.mark.parametrize(
    ("lasts", "later", "expected"), [(300, 269, 1), (300, 271, 2), (40, 19, 1), (40, 21, 2)]
)
async def test_a_new_token_is_asked_for_before_the_end(
    server: Server, monkeypatch: pytest.MonkeyPatch, lasts: int, later: int, expected: int
):
    server.then(200, token("first", lasts)).then(200, token("second"))
    asking = signed_in(server)
    assert await asking() == "first"
    monkeypatch.setattr("steward_client.credentials.monotonic", lambda: time.monotonic() + later)
    await asking()
    assert len(server.asked) == expected


async def test_a_call_says_why_there_is_no_token(server: Server):
    server.then(401, {"error": "invalid_client", "error_description": "Not accepted."})
    with pytest.raises(Problem) as refused:
        await server.client.using(signed_in(server)).get_me()
    assert (refused.value.status, refused.value.code, refused.value.detail) == (
        401, "invalid_client", "Not accepted."
    )  # fmt: skip


async def test_a_call_that_had_no_token_is_made_again(server: Server):
    server.then(503, {"error": "temporarily_unavailable"}).then(502, "a proxy's page")
    server.answers.append(None)
    server.then(200, token("first")).then(201, {"webhook_id": "one"})
    made = await server.client.using(signed_in(server)).call("POST", "/v1/webhooks", json={})
    assert made == {"webhook_id": "one"}
    assert [request.path for request, _ in server.asked] == ["/oauth/token"] * 4 + ["/v1/webhooks"]
