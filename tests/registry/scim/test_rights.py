"""Who may what by SCIM: the rights of people and posts, and nothing about people outside the caller's units."""

import pytest
import pytest_asyncio

from shared.auth.caller import DEVELOPMENT_ISSUER
from tests.in_process import InProcess
from tests.registry.builders import hired, source_client
from tests.registry.scim.builders import (
    BULK,
    ENTERPRISE,
    HEALTH,
    PATCH,
    USERS,
    found,
    held,
    made,
    refused,
    user,
)
from tests.rights_matrix import as_hub
from tests.served import application

pytestmark = pytest.mark.asyncio(loop_scope="module")
GROUP = "/scim/v2/Groups/E1A:facility-manager"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(registry, token):
    return await source_client(registry, token, "directory")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def north(registry, token):
    """HRIS of another region, writing as the same system."""
    return await source_client(registry, token, "of-north", "directory", units=("SL-N",))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def other(registry, token):
    """HRIS of the whole country, writing as another system."""
    return await source_client(registry, token, "payroll")


async def test_nobody_learns_who_works_elsewhere(client, north):
    name = {"familyName": "Elsewhere"}
    known = await made(client, name=name, **{HEALTH: {"posts": [held()]}})
    at = f"{USERS}/{known['id']}"
    body = {"schemas": [PATCH], "Operations": [{"op": "replace", "path": "title", "value": "x"}]}
    for method in ("GET", "PUT", "PATCH", "DELETE"):
        sent = {} if method in ("GET", "DELETE") else {"json": user() if method == "PUT" else body}
        answers = [await north.call(method, path, **sent) for path in (at, f"{USERS}/{known['id'][:-1]}0")]
        assert answers[0].json == answers[1].json
        refused(answers[0], 404, None, "person-unknown")
    queries = (
        f'id eq "{known["id"]}"', f'userName eq "{known["userName"]}"', f'externalId eq "{known["externalId"]}"',
        'name.familyName eq "Elsewhere"', f'not (name.familyName eq "x") and id eq "{known["id"]}"',
        'groups.value eq "E1A:facility-manager"',
    )  # fmt: skip
    for query in queries:
        assert known["id"] in [each["id"] for each in await found(client, query)]
        assert await found(north, query) == []
    assert (await client.get(GROUP)).status == 200
    refused(await north.get(GROUP), 404, None, "group-unknown")
    assert (await north.get("/scim/v2/Groups")).json["totalResults"] == 0
    operations = [{"method": "DELETE", "path": f"/Users/{known['id']}"}]
    bulk = await north.post("/scim/v2/Bulk", json={"schemas": [BULK], "Operations": operations})
    assert [each["status"] for each in bulk.json["Operations"]] == ["404"]
    assert (await client.get(at)).json == known


async def test_the_names_of_a_system_are_its_own(client, other):
    known = await made(client)
    shown = (await other.get(f"{USERS}/{known['id']}")).json
    assert shown["userName"] == known["id"]
    assert "externalId" not in shown
    for query in (f'userName eq "{known["userName"]}"', f'externalId eq "{known["externalId"]}"'):
        assert await found(other, query) == []
    namesake = await made(other, userName=known["userName"], externalId=known["externalId"])
    assert namesake["id"] != known["id"]
    named = await other.put(f"{USERS}/{known['id']}", json=user(externalId="pay-1", userName="pay-1"))
    assert (named.json["userName"], named.json["externalId"]) == ("pay-1", "pay-1")
    mine = (await client.get(f"{USERS}/{known['id']}")).json
    assert (mine["userName"], mine["externalId"]) == (known["userName"], known["externalId"])


async def test_what_another_system_decides_is_passed_over(client, other, token):
    administrator = client.using(token("ops"))
    order = {"systems": ["directory", "payroll"]}
    answer = await administrator.put("/v1/field-precedence/cadre", json=order, if_match='"0"')
    assert answer.status == 200, answer.json
    known = await made(client)
    sent = user(name={"familyName": "Payroll"}, **{HEALTH: {"cadre": "Clerk"}})
    for _ in range(2):
        shown = (await other.put(f"{USERS}/{known['id']}", json=sent)).json
    assert (shown["name"], shown[HEALTH]["cadre"]) == ({"familyName": "Payroll"}, "Nurse")
    mine = await client.put(f"{USERS}/{known['id']}", json={**known, HEALTH: {"cadre": "Midwife"}})
    assert mine.json[HEALTH]["cadre"] == "Midwife"


async def test_a_name_that_the_system_gave_elsewhere_is_taken(client, north):
    """As external ids are at every other door: the system itself gave it."""
    known = await made(client, **{HEALTH: {"posts": [held()]}})
    refused(
        await north.post(USERS, json=user(externalId=known["externalId"])),
        409,
        "uniqueness",
        "external-id-taken",
    )
    refused(
        await north.post(USERS, json=user(userName=known["userName"])), 409, "uniqueness", "user-name-taken"
    )


async def test_a_deleted_person_of_elsewhere_does_not_come_back(client, north):
    known = await made(client, **{HEALTH: {"posts": [held(start="2020-01-01")]}})
    assert (await client.delete(f"{USERS}/{known['id']}")).status == 204
    again = await north.post(USERS, json=user(externalId=known["externalId"]))
    refused(again, 409, "uniqueness", "external-id-taken")


async def test_posts_are_given_and_ended_inside_the_callers_units(client, north):
    sent = user()
    sent[HEALTH]["posts"] = [held("E1A")]
    refused(await north.post(USERS, json=sent), 403, None, "unit-out-of-scope")
    assert await found(client, f'userName eq "{sent["userName"]}"') == []
    both = await made(client, **{HEALTH: {"posts": [held("E1A"), held("SL-N")]}})
    body = user(userName=both["userName"], externalId=both["externalId"])
    body[HEALTH]["posts"] = []
    answer = await north.put(f"{USERS}/{both['id']}", json=body)
    assert answer.status == 200, answer.json
    posts = (await client.get(f"/v1/people/{both['id']}")).json["posts"]
    assert {each["unit_code"]: each["valid_to"] is None for each in posts} == {"E1A": True, "SL-N": False}


async def test_only_clients_of_a_system_write(client, registry, token):
    stranger = registry.using(token("hris", units=("SL",), subject="stranger"))
    refused(await stranger.post(USERS, json=user()), 403, None, "source-system-not-bound")
    named = await stranger.post(f"{USERS}?system=directory", json=user())
    refused(named, 403, None, "source-system-not-bound")
    two = await source_client(registry, token, "of-two", "directory", "payroll")
    refused(await two.post(USERS, json=user()), 400, "invalidValue", "source-system-required")
    sent = user()
    assert (await two.post(f"{USERS}?system=payroll", json=sent)).status == 201
    assert len(await found(two, f'externalId eq "{sent["externalId"]}"', system="payroll")) == 1
    assert await found(two, f'externalId eq "{sent["externalId"]}"', system="directory") == []


@pytest.mark.parametrize("role", ["ops", "service", "leader", "programme-manager"])
async def test_roles_that_keep_no_records_are_refused_before_anything_is_read(client, token, role):
    nobody = client.using(token(role, units=("SL",), subject="nobody"))
    requests = [
        ("POST", USERS), ("PUT", f"{USERS}/x"), ("PATCH", f"{USERS}/x"), ("DELETE", f"{USERS}/x"),
    ]  # fmt: skip
    for method, path in requests:
        refused(await nobody.call(method, path, data=b"{"), 403, None, "role-missing")
    reads = await nobody.get(USERS)
    assert reads.status == (200 if role in ("leader", "programme-manager") else 403)


async def test_leaders_read_themselves_and_their_team(client, registry, token):
    signs_in = {"subjects": [{"iss": DEVELOPMENT_ISSUER, "sub": "boss-of-scim"}]}
    boss, led = await hired(registry, "SL-E-1", signs_in, role_code="district-health-officer")
    report, _ = await hired(registry, "E1A", manager_post_id=led)
    me = client.using(token("leader", units=(), subject="boss-of-scim"))
    shown = (await me.get(USERS)).json["Resources"]
    assert {each["id"] for each in shown} == {boss, report}
    assert all("externalId" not in each for each in shown)


async def test_a_manager_is_shown_to_who_may_see_them(client, registry, north, token):
    boss, led = await hired(registry, "SL-E-1", {"given_name": "Zainab"}, role_code="district-health-officer")
    report, _ = await hired(registry, "SL-N", manager_post_id=led)
    at = f"{USERS}/{report}"
    shown = (await client.get(at)).json[ENTERPRISE]["manager"]
    assert (shown["value"], shown["displayName"]) == (boss, "Zainab Kamara")
    assert shown["$ref"] == f"{client.url}{USERS}/{boss}"
    asked = {
        f'{ENTERPRISE}:manager.value eq "{boss}"': [report], f"{ENTERPRISE}:manager.value pr": [report],
        f'{ENTERPRISE}:manager.displayName co "ainab"': [report], f"not ({ENTERPRISE}:manager.value pr)": [],
        f'{ENTERPRISE}:manager.value sw "{boss[:5]}"': [report],
    }  # fmt: skip
    for query, expected in asked.items():
        query = f'id eq "{report}" and {query}'
        assert [each["id"] for each in await found(client, query)] == expected, query
        assert [each["id"] for each in await found(north, query)] == ([] if expected else [report]), query
    assert "manager" not in (await north.get(at)).json.get(ENTERPRISE, {}), "the manager is of another region"
    assert await found(client, f'id eq "{report}"', sortBy=f"{ENTERPRISE}:manager.value") != []
    manager = {"op": "Replace", "path": f"{ENTERPRISE}:manager", "value": report}
    title = {"op": "Replace", "path": "title", "value": "Sister"}
    for operations in (
        [manager, title],
        [manager],
        [{"op": "Add", "value": {ENTERPRISE: {"manager": {"value": report}}}}],
    ):
        answer = await client.patch(at, json={"schemas": [PATCH], "Operations": operations})
        assert answer.status == 200, answer.json
        assert (answer.json["title"], answer.json[ENTERPRISE]["manager"]["value"]) == ("Sister", boss)
    put = user(**{ENTERPRISE: {"manager": {"value": report}}})
    assert (await client.put(at, json=put)).json[ENTERPRISE]["manager"]["value"] == boss
    ended = await registry.post(f"/v1/posts/{led}/end", json={"last_day": "2025-06-01"}, if_match='"1"')
    assert ended.status == 200, ended.json
    assert "manager" not in (await client.get(at)).json.get(ENTERPRISE, {}), (
        "who holds the post no more manages nobody"
    )


async def test_a_hub_has_no_people(settings, serve, token):
    app = as_hub(application(settings("registry")))
    await serve(app)
    answer = await InProcess(app).call("GET", USERS, token=token("hris", units=("SL",)))
    refused(answer, 404, None, "not-at-hub")
