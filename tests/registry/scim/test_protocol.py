"""Discovery, filters, sorting, pages, groups, bulk requests and `/Me`, as RFC 7644 has them."""

from io import BytesIO

import pytest
import pytest_asyncio

from shared.auth.caller import DEVELOPMENT_ISSUER
from tests.registry.builders import hired, source_client
from tests.registry.scim.builders import (
    BULK,
    CORE,
    ENTERPRISE,
    HEALTH,
    USERS,
    changed,
    found,
    held,
    made,
    refused,
    user,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(registry, token):
    return await source_client(registry, token, "directory")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def three(client):
    """Three users of whom a filter may find any."""
    said = [
        ("Abebe", "Nurse", "E1A", "a.abebe@work.example", "home"),
        ("bangura", "Doctor", "E1B", "b.bangura@work.example", "work"),
        ("Conteh", None, None, None, None),
    ]
    made_users = []
    for family, cadre, facility, mail, kind in said:
        posts = {"posts": [held(facility, primary=True)]} if facility else {}
        emails = [{"value": mail, "type": kind}, {"value": f"x{mail}", "type": "other"}] if mail else []
        made_users.append(
            await made(
                client,
                name={"familyName": family},
                displayName=f"{family} of three",
                emails=emails,
                **{HEALTH: {**({"cadre": cadre} if cadre else {}), **posts}},
            )
        )
    return [each["id"] for each in made_users]


FILTERS = {
    'name.familyName eq "ABEBE"': [0],
    'NAME.FAMILYNAME ne "abebe"': [1, 2],
    'name.familyName sw "BAN"': [1],
    'name.familyName ew "h"': [2],
    'name.familyName co "ang"': [1],
    'name.familyName gt "b"': [1, 2],
    'name.familyName le "bangura"': [0, 1],
    "emails pr": [0, 1],
    "not (emails pr)": [2],
    'emails eq "a.abebe@WORK.example"': [0],
    'emails.value co "work.example"': [0, 1],
    'emails[type eq "work"]': [1],
    'emails[type eq "other" and value sw "xa"]': [0],
    'emails[type eq "work" and value sw "xb"]': [],
    'emails[not (type eq "other")].value co "b.b"': [1],
    'emails.type ne "home"': [1, 2],
    f"{HEALTH}:cadre pr": [0, 1],
    f'{HEALTH}:cadre eq "nurse" or {HEALTH}:cadre eq "doctor" and name.familyName eq "x"': [0],
    f'({HEALTH}:cadre eq "nurse" or {HEALTH}:cadre eq "doctor") and name.familyName eq "bangura"': [1],
    f'not ({HEALTH}:cadre eq "nurse")': [1, 2],
    f'{HEALTH}:posts[facilityCode eq "E1B" and primary eq true]': [1],
    f'{HEALTH}:posts.roleCode eq "facility-manager"': [0, 1],
    'groups.value eq "E1A:facility-manager"': [0],
    f"{CORE}:active eq true": [0, 1, 2],
    "active eq false": [],
    'meta.created gt "2020-01-01T00:00:00Z"': [0, 1, 2],
    'meta.lastModified lt "2020-01-01T00:00:00Z"': [],
    'meta.resourceType eq "User"': [0, 1, 2],
    f'schemas eq "{CORE}"': [0, 1, 2],
    f"{ENTERPRISE}:department pr": [],
    "title eq null": [0, 1, 2],
}


@pytest.mark.parametrize("query", FILTERS)
async def test_a_filter_finds_what_it_means(client, three, query):
    shown = await found(client, f'displayName ew "of three" and ({query})')
    assert sorted(three.index(each["id"]) for each in shown) == FILTERS[query]


@pytest.mark.parametrize(
    "query",
    [
        'unknown eq "x"', "userName", 'userName xx "y"', 'active gt true', 'meta.created gt "yesterday"',
        '(userName eq "x"', 'name[familyName eq "x"]', "(" * 3000 + 'userName eq "x"' + ")" * 3000,
        " or ".join(['userName eq "x"'] * 300), 'userName eq "' + "x" * 9000 + '"',
    ],
)  # fmt: skip
async def test_a_filter_that_means_nothing_is_refused(client, query):
    answer = await client.post(f"{USERS}/.search", json={"filter": query})
    assert (answer.status, answer.json["scimType"]) == (400, "invalidFilter"), answer.json


async def test_pages_are_sorted_and_counted(client, three):
    query = {"filter": 'displayName ew "of three"', "sortBy": "name.familyName"}
    everybody = await found(client, query["filter"], sortBy="name.familyName")
    assert [three.index(each["id"]) for each in everybody] == [0, 1, 2]
    by_mail = await found(client, query["filter"], sortBy="emails", sortOrder="descending")
    assert [three.index(each["id"]) for each in by_mail] == [2, 1, 0]
    page = (await client.get(USERS, params={**query, "startIndex": "2", "count": "1"})).json
    assert (page["totalResults"], page["startIndex"], page["itemsPerPage"]) == (3, 2, 1)
    assert [three.index(each["id"]) for each in page["Resources"]] == [1]
    none = (await client.get(USERS, params={**query, "count": "0"})).json
    assert (none["totalResults"], none["Resources"]) == (3, [])
    most = (await client.get(USERS, params={"count": "100000", "startIndex": "9" * 30})).json
    assert most["itemsPerPage"] == 0


async def test_only_the_attributes_that_are_asked_for_come(client, three):
    at = f"{USERS}/{three[0]}"
    shown = (await client.get(at, params={"attributes": f"userName,{HEALTH}:posts.level"})).json
    assert shown.keys() == {"schemas", "id", "userName", HEALTH}
    assert shown[HEALTH]["posts"] == [{"level": "I"}]
    rest = (await client.get(at, params={"excludedAttributes": f"emails,{HEALTH}"})).json
    assert "emails" not in rest
    assert HEALTH not in rest
    assert "name" in rest


async def test_groups_follow_from_posts(client, three):
    groups = (await client.get("/scim/v2/Groups")).json["Resources"]
    by_id = {each["id"]: each for each in groups}
    one = (await client.get("/scim/v2/Groups/E1A:facility-manager")).json
    assert one == by_id["E1A:facility-manager"]
    assert three[0] in [each["value"] for each in one["members"]]
    shown = await client.get("/scim/v2/Groups", params={"filter": f'members[value eq "{three[1]}"]'})
    assert [each["id"] for each in shown.json["Resources"]] == ["E1B:facility-manager"]
    refused(await client.get("/scim/v2/Groups/E1A:nobody"), 404, None, "group-unknown")
    for method in ("PUT", "PATCH", "DELETE"):
        answer = await client.call(method, "/scim/v2/Groups/E1A:facility-manager", json={})
        assert answer.status == 403


async def test_a_bulk_request_does_what_it_can(client):
    one, other = user(), user()
    operations = [
        {"method": "POST", "path": "/Users", "bulkId": "one", "data": one},
        {"method": "POST", "path": "/Users", "bulkId": "two", "data": {**other, "userName": one["userName"]}},
        {"method": "PATCH", "path": "/Users/bulkId:one",
         "data": {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
                  "Operations": [{"op": "add", "path": "title", "value": "Matron"}]}},
        {"method": "DELETE", "path": "/Users/00000000-0000-0000-0000-000000000000"},
    ]  # fmt: skip
    answer = await client.post("/scim/v2/Bulk", json={"schemas": [BULK], "Operations": operations})
    assert answer.status == 200, answer.json
    outcomes = answer.json["Operations"]
    assert [each["status"] for each in outcomes] == ["201", "409", "200", "404"]
    assert outcomes[1]["response"]["scimType"] == "uniqueness"
    [shown] = await found(client, f'externalId eq "{one["externalId"]}"')
    assert (shown["title"], shown["meta"]["location"]) == ("Matron", outcomes[0]["location"])
    assert await found(client, f'externalId eq "{other["externalId"]}"') == []


async def test_limits_are_those_that_are_announced(client):
    limits = (await client.get("/scim/v2/ServiceProviderConfig")).json
    operation = {"method": "DELETE", "path": "/Users/1"}
    many = [operation] * (limits["bulk"]["maxOperations"] + 1)
    assert (await client.post("/scim/v2/Bulk", json={"schemas": [BULK], "Operations": many})).status == 413
    large = BytesIO(b" " * (limits["bulk"]["maxPayloadSize"] + 1))
    refused(await client.post("/scim/v2/Bulk", data=large), 413, None, "bytes")


async def test_me_is_the_person_of_the_sign_in(client, registry, token):
    subjects = [{"iss": DEVELOPMENT_ISSUER, "sub": "somebody"}]
    person_id, _ = await hired(registry, "E1A", {"subjects": subjects})
    me = client.using(token("leader", units=("SL",), subject="somebody"))
    answer = await me.get("/scim/v2/Me")
    assert (answer.status, answer.json["id"]) == (200, person_id)
    assert answer.headers["Location"].endswith(f"/Users/{person_id}")
    refused(await me.patch("/scim/v2/Me", json={}), 403, None, "role-missing")
    assert (await client.get("/scim/v2/Me")).status == 404


ENTRA = [
    {"op": "Replace", "path": 'emails[type eq "work"].value', "value": "entra@example.org"},
    {"op": "Add", "path": "name.givenName", "value": "Ent"},
    {"op": "Add", "path": f"{ENTERPRISE}:department", "value": "Theatre"},
    {"op": "Replace", "value": {"displayName": "Ent Ra", "name.familyName": "Ra"}},
    {"op": "Replace", "value": {f"{ENTERPRISE}:costCenter": "9"}},
    {"op": "Replace", "path": "active", "value": "True"},
    {"op": "Add", "path": "addresses", "value": [{"type": "work", "locality": "Kailahun"}]},
    {"op": "Add", "path": 'phoneNumbers[type eq "mobile"].value', "value": "+232 76 1"},
]  # fmt: skip


async def test_changes_come_in_the_forms_that_identity_systems_send(client):
    known = await made(client)
    ENTRA[-1]["value"] = "+232 76 111 111"
    shown = await changed(client, known["id"], *ENTRA)
    assert shown["emails"] == [{"value": "entra@example.org", "type": "work"}]
    assert shown["phoneNumbers"] == [{"value": "+232 76 111 111", "type": "mobile"}]
    assert (shown["name"], shown["displayName"]) == ({"familyName": "Ra", "givenName": "Ent"}, "Ent Ra")
    assert shown[ENTERPRISE] == {"department": "Theatre", "costCenter": "9"}
    again = await changed(client, known["id"], *ENTRA)
    assert again == shown
    okta = await changed(client, known["id"], {"op": "replace", "value": {"active": False}})
    assert okta["active"] is False
    gone = await changed(client, known["id"], {"op": "Remove", "path": 'emails[type eq "work"]'})
    assert "emails" not in gone


async def test_a_change_that_means_nothing_is_refused_and_changes_nothing(client):
    known = await made(client)
    wrong = [
        ({"op": "remove"}, "noTarget"),
        ({"op": "replace", "path": "name..x", "value": "y"}, "invalidPath"),
        ({"op": "replace", "path": "id", "value": "y"}, "mutability"),
        ({"op": "replace", "path": "userName", "value": "a\0b"}, "invalidValue"),
        ({"op": "replace", "path": "emails", "value": [{"value": "no address"}]}, "invalidValue"),
        ({"op": "replace", "path": f"{HEALTH}:birthYear", "value": "19x4"}, "invalidValue"),
        ({"op": "add", "path": f"{HEALTH}:posts", "value": [held("NOWHERE")]}, "invalidValue"),
        ({"op": "add", "path": f"{HEALTH}:posts", "value": [held(start="2025-02-30")]}, "invalidValue"),
    ]
    for operation, kind in wrong:
        body = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [operation]}
        answer = await client.patch(f"{USERS}/{known['id']}", json=body)
        assert (answer.status, answer.json.get("scimType")) == (400, kind), (operation, answer.json)
    assert (await client.get(f"{USERS}/{known['id']}")).json == known
