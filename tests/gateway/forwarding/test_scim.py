"""SCIM goes to the registry, and what the gateway refuses itself is an error of SCIM."""

from io import BytesIO

import pytest

from services.gateway.forwarding import routes

pytestmark = pytest.mark.asyncio(loop_scope="function")
USERS = "/scim/v2/Users"


async def test_the_registry_answers_as_the_client_asked_it(world):
    world.registry.answer(USERS, {"totalResults": 0})
    answer = await world.client.get(f"{USERS}?filter=userName%20eq%20%22a%22")
    assert (answer.status, answer.json) == (200, {"totalResults": 0})
    asked = world.registry.asked[0]
    assert str(asked.rel_url.raw_path_qs) == f"{USERS}?filter=userName%20eq%20%22a%22"
    assert world.client.url.endswith(asked.headers["Host"])


@pytest.mark.parametrize(
    ("request_", "status", "code"),
    [
        ({"token": "nonsense"}, 401, "token-invalid"),
        ({"data": BytesIO(b" " * ((1 << 20) + 1))}, 413, "body-too-large"),
    ],
)
async def test_refusals_of_the_gateway_are_errors_of_scim(world, request_, status, code):
    answer = await world.client.post(USERS, **request_)
    assert (answer.status, answer.json["status"]) == (status, str(status))
    assert answer.json["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"]
    assert f"({code})" in answer.json["detail"]
    assert answer.headers["Content-Type"] == "application/scim+json"
    assert (await world.client.get("/v1/people", token="nonsense")).json["code"] == "token-invalid"


async def test_a_registry_that_is_away_is_an_error_of_scim(world):
    await world.registry.stop()
    answer = await world.client.get(USERS)
    assert (answer.status, answer.json["status"]) == (503, "503")
    assert answer.headers["Retry-After"]


async def test_nothing_else_is_scim():
    assert routes.owner("/scim/v2") == routes.owner("/scim/v2/Me") == "registry"
    assert [routes.owner(path) for path in ("/scim/v2x", "/scim/v1/Users", "/scim")] == [None] * 3
