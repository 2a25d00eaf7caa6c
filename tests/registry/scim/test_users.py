"""Users are recorded, read, changed and deleted by the commands of people and posts."""

import asyncio

import asyncpg
import pytest
import pytest_asyncio

from tests.registry.builders import made as made_by_rest
from tests.registry.builders import person, post, source_client
from tests.registry.scim.builders import (
    ENTERPRISE,
    HEALTH,
    USERS,
    changed,
    found,
    held,
    made,
    patch,
    refused,
    user,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(registry, token):
    """HRIS of the whole country that writes as a system of its own."""
    return await source_client(registry, token, "directory")


async def test_a_user_is_a_person_of_the_registry(client):
    sent = user(emails=[{"value": "ama@example.org", "type": "work", "primary": True}])
    sent[HEALTH]["posts"] = [held(primary=True)]
    answer = await client.post(USERS, json=sent)
    assert answer.status == 201
    made = answer.json
    assert answer.headers["Location"] == made["meta"]["location"] == f"{client.url}{USERS}/{made['id']}"
    assert answer.headers["ETag"] == made["meta"]["version"]
    assert {key: made[key] for key in ("userName", "externalId", "name", "emails")} == {
        key: sent[key] for key in ("userName", "externalId", "name", "emails")
    }
    assert made["active"] is True
    assert made["groups"][0]["value"] == "E1A:facility-manager"
    known = (await client.get(f"/v1/people/{made['id']}")).json
    assert (known["family_name"], known["cadre"], known["birth_year"]) == ("Kamara", "Nurse", 1984)
    assert known["identifiers"] == [{"system": "directory", "value": sent["externalId"]}]
    assert [(each["unit_code"], each["primary"]) for each in known["posts"]] == [("E1A", True)]
    assert (await client.get(f"{USERS}/{made['id']}")).json == made


async def test_who_was_loaded_from_a_file_is_a_user_too(client):
    known = await made_by_rest(client, "/v1/people", person(external_id="file-1"))
    await made_by_rest(client, "/v1/posts", post(known["person_id"], "E1B"))
    [shown] = await found(client, 'externalId eq "file-1"')
    assert (shown["id"], shown["userName"]) == (known["person_id"], known["person_id"])
    assert await found(client, f'userName eq "{known["person_id"]}"') == [shown]
    await changed(client, shown["id"], {"op": "replace", "path": "userName", "value": "From.File"})
    assert await found(client, f'userName eq "{known["person_id"]}"') == []
    assert [each["id"] for each in await found(client, 'userName eq "FROM.file"')] == [shown["id"]]


async def published(settings) -> int:
    """How many events the registry has written so far."""
    connection = await asyncpg.connect(settings("registry").database_url)
    try:
        return await connection.fetchval("select count(*) from outbox")
    finally:
        await connection.close()


async def test_the_same_again_changes_and_publishes_nothing(client, settings):
    sent = user(displayName="Ama", title="Sister", phoneNumbers=[{"value": "+232 76 000 000"}])
    sent[HEALTH]["posts"] = [held("E1B")]
    sent[ENTERPRISE] = {"employeeNumber": "77", "department": "Maternity"}
    made = (await client.post(USERS, json=sent)).json
    for body in (sent, made, {**sent, "userName": sent["userName"].upper()}):
        answer = await client.put(f"{USERS}/{made['id']}", json=body)
        assert answer.status == 200, answer.json
    assert answer.json["meta"]["version"] != made["meta"]["version"]  # the last one writes the name otherwise
    before = await published(settings)
    for _ in range(2):
        again = await client.put(f"{USERS}/{made['id']}", json={**sent, "userName": sent["userName"].upper()})
        assert again.json == answer.json
    assert await published(settings) == before


async def test_a_taken_name_or_id_is_a_conflict_of_uniqueness(client):
    first, second = await made(client), await made(client)
    name = {"userName": first["userName"].upper()}
    refused(await client.post(USERS, json=user(**name)), 409, "uniqueness", "user-name-taken")
    known = {"externalId": first["externalId"]}
    refused(await client.post(USERS, json=user(**known)), 409, "uniqueness", "external-id-taken")
    for values in (name, known):
        answer = await client.put(f"{USERS}/{second['id']}", json=user(**values))
        assert (answer.status, answer.json["scimType"]) == (409, "uniqueness")
    assert (await client.get(f"{USERS}/{second['id']}")).json == second


async def test_a_change_names_the_version_it_was_made_from(client):
    known = await made(client)
    at = f"{USERS}/{known['id']}"
    body = user(userName=known["userName"], externalId=known["externalId"], title="Matron")
    answer = await client.put(at, json=body, if_match=known["meta"]["version"])
    assert answer.status == 200
    for method in ("PUT", "PATCH", "DELETE"):
        stale = await client.call(method, at, json=body, if_match=known["meta"]["version"])
        assert stale.status == 412 if method != "PATCH" else stale.status in (400, 412)
    unchanged = await client.get(at, headers={"If-None-Match": answer.headers["ETag"]})
    assert unchanged.status == 304


async def test_who_is_deactivated_has_no_post_any_more_and_a_history(client):
    known = await made(client, **{HEALTH: {"posts": [held()]}})
    left = await changed(client, known["id"], {"op": "Replace", "path": "active", "value": "False"})
    assert left["active"] is False
    assert "groups" not in left
    record = (await client.get(f"/v1/people/{known['id']}")).json
    assert (record["active"], record["posts"][0]["valid_to"] is not None) == (False, True)
    back = await changed(client, known["id"], {"op": "replace", "value": {"active": True}})
    assert (back["active"], HEALTH in back) == (True, False)


async def test_posts_stated_of_who_does_not_work_are_held_once_they_do(client):
    known = await made(client, active=False, **{HEALTH: {"posts": [held("E1B")]}})
    assert [each["facilityCode"] for each in known[HEALTH]["posts"]] == ["E1B"]
    assert (await client.get(f"/v1/people/{known['id']}")).json["posts"] == []
    await changed(client, known["id"], {"op": "replace", "path": "active", "value": True})
    posts = (await client.get(f"/v1/people/{known['id']}")).json["posts"]
    assert [each["unit_code"] for each in posts] == ["E1B"]


async def test_who_is_deleted_is_no_user_and_comes_back_as_the_same_person(client):
    known = await made(client)
    at = f"{USERS}/{known['id']}"
    assert (await client.delete(at)).status == 204
    for answer in (await client.get(at), await client.delete(at), await client.put(at, json=user())):
        refused(answer, 404, None, "person-unknown")
    assert await found(client, f'externalId eq "{known["externalId"]}"') == []
    assert (await client.get(f"/v1/people/{known['id']}")).json["active"] is False
    other = await made(client, userName=known["userName"])
    assert other["id"] != known["id"]
    back = await made(client, externalId=known["externalId"])
    assert (back["id"], back["active"]) == (known["id"], True)


async def test_a_list_of_posts_begins_changes_and_ends_them(client):
    known = await made(client, **{HEALTH: {"posts": [held()]}})
    path = f"{HEALTH}:posts"
    more = await changed(
        client, known["id"], {"op": "add", "path": path, "value": [held("E1B", acting=True)]}
    )
    assert [each["facilityCode"] for each in more[HEALTH]["posts"]] == ["E1A", "E1B"]
    where = f'{path}[facilityCode eq "E1B"]'
    ended = await changed(
        client, known["id"], {"op": "replace", "path": f"{where}.end", "value": "2199-12-31"}
    )
    assert ended[HEALTH]["posts"][1]["end"] == "2199-12-31"
    left = await changed(client, known["id"], {"op": "remove", "path": where})
    assert [each["facilityCode"] for each in left[HEALTH]["posts"]] == ["E1A"]
    kept = await client.put(f"{USERS}/{known['id']}", json=user(userName=known["userName"]))
    assert [each["facilityCode"] for each in kept.json[HEALTH]["posts"]] == ["E1A"]
    moved = await changed(
        client, known["id"], {"op": "replace", "path": f"{path}.facilityCode", "value": "E1B"}
    )
    assert [each["facilityCode"] for each in moved[HEALTH]["posts"]] == ["E1B"]
    record = (await client.get(f"/v1/people/{known['id']}")).json["posts"]
    assert [each["unit_code"] for each in record] == ["E1A", "E1B", "E1B"]


async def test_of_two_at_once_one_has_the_name(client):
    for values in ({"userName": "at.once"}, {"externalId": "at-once"}):
        answers = await asyncio.gather(*(client.post(USERS, json=user(**values)) for _ in range(4)))
        assert sorted(each.status for each in answers) == [201, 409, 409, 409]


async def test_two_changes_at_once_are_both_made(client):
    known = await made(client)
    operations = [{"op": "add", "path": path, "value": "x"} for path in ("title", "locale", "displayName")]
    await asyncio.gather(*(changed(client, known["id"], each) for each in operations))
    shown = (await client.get(f"{USERS}/{known['id']}")).json
    assert [shown[each["path"]] for each in operations] == ["x"] * 3


async def test_a_change_beyond_what_is_done_in_a_moment_is_refused(client):
    known = await made(client)
    many = [{"op": "add", "path": "title", "value": "x"}] * 101
    values = [{"op": "add", "path": "emails", "value": [{"value": "a@b.example"}] * 601}]
    for operations in (many, values):
        answer = await client.patch(f"{USERS}/{known['id']}", json=patch(*operations))
        refused(answer, 400, "invalidValue", "at most")
