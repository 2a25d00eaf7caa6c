"""Whatever is sent, the answer is an error of SCIM, and nothing is stored."""

import json
from random import Random

import pytest
import pytest_asyncio

from tests.registry.builders import source_client
from tests.registry.scim.builders import BULK, CORE, ENTERPRISE, HEALTH, PATCH, USERS, held, made, user

pytestmark = pytest.mark.asyncio(loop_scope="module")
JSON = {"Content-Type": "application/scim+json"}
TEXTS = ["a\0b", "\u202eabc", "x" * 100_000, "\n", "\u115f", "9" * 400, "é" * 3000]
VALUES = [
    *TEXTS,
    None,
    True,
    -1,
    10**30,
    1.5,
    [],
    {},
    [[]],
    [{}],
    [None],
    {"value": {}},
    ["x"] * 30,
    "",
    "[",
    "a[b",
]
PATHS = [
    "userName", "externalId", "name", "name.familyName", "displayName", "title", "active", "emails",
    "phoneNumbers", 'emails[type eq "work"].value', "emails[", "meta", "schemas", "id", "groups", "x" * 5000,
    "", "a.b.c", "\0",
    f"{ENTERPRISE}:employeeNumber", ENTERPRISE, HEALTH, f"{HEALTH}:posts", f"{HEALTH}:sex", f"{HEALTH}:birthYear",
    f'{HEALTH}:posts[facilityCode eq "E1A"]', f"{HEALTH}:posts.start", "(" * 5000, "not " * 5000,
]  # fmt: skip
BODIES = [
    b"", b"{", b"null", b"[]", b'"x"', b"\xff\xfe", b'{"a":"\\ud800"}', b"[" * 100_000, b'{"a":' * 5000,
    b"\xef\xbb\xbf{}", b"NaN", b'{"schemas":"x"}', b'{"schemas":[1]}',
    json.dumps({"schemas": [CORE], "userName": "\ud800"}).encode(),
    json.dumps({"schemas": [CORE], "userName": "dup", "USERNAME": "dup2"}).encode(),
    json.dumps({"schemas": [PATCH], "Operations": "x"}).encode(),
    json.dumps({"schemas": [PATCH], "Operations": [None]}).encode(),
    json.dumps({"schemas": [BULK], "Operations": [{"method": "POST", "path": "/Bulk", "bulkId": "x"}]}).encode(),
    json.dumps({"schemas": [BULK], "Operations": [{"method": "PUT", "path": "/Users/bulkId:x"}]}).encode(),
]  # fmt: skip
QUERIES = [
    "filter=%00", "filter=userName+eq+%22%00%22", "filter=%ED%A0%80", "filter=id+eq+%22%22", "count=x", "count=-5",
    "startIndex=-1", "startIndex=1e9", "sortBy=%00", "sortBy=password", "sortBy=emails.x", "sortOrder=up",
    "attributes=%00", "attributes=" + "a," * 2000, "excludedAttributes=id", "cursor=x", "filter=a&filter=b",
    "system=%00",
    "filter=userName+eq+1", "filter=active+eq+%22x%22", "filter=meta.created+gt+1", "filter=emails+gt+true",
    "filter=meta.created+gt+%229999-12-31T23:59:59.9999999Z%22", "filter=groups%5Bvalue+pr%5D",
]  # fmt: skip


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(registry, token):
    return await source_client(registry, token, "directory")


def is_scim(answer) -> bool:
    """An answer of SCIM that blames the client, or says that it is not supported."""
    if answer.status == 204:
        return True
    of_scim = answer.headers["Content-Type"] == "application/scim+json" and "schemas" in answer.json
    return of_scim and (answer.status < 500 or answer.status == 501)


async def test_bodies_that_are_none(client):
    known = await made(client)
    at = f"{USERS}/{known['id']}"
    for body in BODIES:
        for method, path in (
            ("POST", USERS), ("PUT", at), ("PATCH", at), ("POST", "/scim/v2/Bulk"), ("POST", f"{USERS}/.search"),
            ("POST", "/scim/v2/.search"),
        ):  # fmt: skip
            answer = await client.call(method, path, data=body, headers=JSON)
            assert is_scim(answer), (method, path, body[:50], answer.status, answer.body[:300])
    assert (await client.get(at)).json == known


async def test_queries_that_mean_nothing(client):
    for query in QUERIES:
        for path in (
            USERS,
            "/scim/v2/Groups",
            "/scim/v2/",
            "/scim/v2",
            "/scim/v2/Schemas",
            f"{USERS}/1",
            "/scim/v2/X",
        ):
            answer = await client.get(f"/scim/v2{path}?{query}")
            assert is_scim(answer), (path, query, answer.status, answer.body[:300])


async def test_paths_and_methods_that_there_are_not(client):
    for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
        for path in (
            "/scim/v2/Users/a/b",
            "/scim/v2//",
            "/scim/v2/%00",
            "/scim/v2/Users/%FF",
            "/scim/v2/users",
        ):
            answer = await client.call(method, path)
            assert is_scim(answer), (method, path, answer.status, answer.body[:300])


async def test_changes_of_anything_to_anything(client):
    known = await made(client, **{HEALTH: {"posts": [held()]}})
    at, chance = f"{USERS}/{known['id']}", Random(7)
    for path in PATHS:
        for value in chance.sample(VALUES, 3):
            operation = {"op": chance.choice(["add", "replace", "remove"]), "path": path, "value": value}
            answer = await client.patch(at, json={"schemas": [PATCH], "Operations": [operation]})
            assert is_scim(answer), (operation, answer.status, answer.body[:300])
    assert (await client.get(at)).status == 200


async def test_users_with_anything_in_them(client):
    chance = Random(8)
    fields = [*PATHS[:9], HEALTH, ENTERPRISE]
    for field in fields:
        for value in chance.sample(VALUES, 6):
            answer = await client.post(USERS, json={**user(), field: value})
            assert is_scim(answer), (field, str(value)[:40], answer.status, answer.body[:300])
    inner = ["facilityCode", "roleCode", "start", "end", "primary", "acting", "level", "value"]
    for field in inner:
        for value in chance.sample(VALUES, 4):
            sent = user(**{HEALTH: {"posts": [{**held(), field: value}]}})
            answer = await client.post(USERS, json=sent)
            assert is_scim(answer), (field, str(value)[:40], answer.status, answer.body[:300])
