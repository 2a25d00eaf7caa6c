"""People and posts over HTTP: versions, dates, the primary post, sign-ins, deactivation, who sees whom."""

from datetime import timedelta

import pytest

from shared import clock as domain_clock
from tests.registry.builders import hired, made, person, post
from tests.registry.imports.test_people import published
from tests.servers import wait_for


async def posts_of(client, person_id):
    return (await client.get(f"/v1/people/{person_id}")).json["posts"]


async def test_a_person_is_recorded_changed_and_versioned(registry):
    answer = await registry.post("/v1/people", json=person(email="ama@example.org"))
    assert (answer.status, answer.headers["ETag"]) == (201, '"1"')
    where = answer.headers["Location"]
    changed = await registry.patch(where, json={"phone": "+232 76 1"}, if_match='"1"')
    assert (changed.json["version"], changed.json["email"]) == (2, "ama@example.org")
    assert (await registry.patch(where, json={"phone": "+232 76 1"}, if_match='"2"')).json["version"] == 2
    assert (await registry.patch(where, json={"cadre": "x"}, if_match='"1"')).status == 412
    assert (await registry.patch(where, json={"cadre": "x"})).status == 428
    versions = (await registry.get(where + "/versions")).json["items"]
    assert [(each["version"], each["phone"]) for each in versions] == [(1, None), (2, "+232 76 1")]


@pytest.mark.parametrize(
    "body",
    [
        {}, {"family_name": ""}, {"family_name": "a\x00"}, {"family_name": 7},
        {"family_name": "K", "sex": "often"},
        {"family_name": "K", "birth_year": 1492}, {"family_name": "K", "birth_year": 2190},
        {"family_name": "K", "email": "nowhere"}, {"family_name": "K", "phone": "call me"},
        {"family_name": "K", "subjects": [{"iss": "x"}]}, {"family_name": "K", "age": 40}, "Kamara", None,
    ],
)  # fmt: skip
async def test_wrong_people_are_refused(registry, body):
    answer = await registry.post("/v1/people", json=body)
    assert (answer.status, answer.headers["Content-Type"]) == (422, "application/problem+json")


async def test_external_ids_and_sign_ins_are_taken_once(registry, issuer):
    first = person(subjects=[{"iss": issuer.name, "sub": "once"}])
    await made(registry, "/v1/people", first)
    assert (await registry.post("/v1/people", json=first)).code == "external-id-taken"
    again = await registry.post("/v1/people", json=person(subjects=first["subjects"]))
    assert (again.status, again.code) == (409, "subject-taken")


async def test_one_of_simultaneous_posts_is_primary_on_every_day(registry):
    someone, first = await hired(
        registry, "E1A", valid_from="2024-01-01", valid_to="2024-12-31", primary=True
    )
    second = (await made(registry, "/v1/posts", post(someone, "E1B", valid_from="2024-06-01")))["post_id"]
    for day, primary in (("2024-07-01", first), ("2025-02-01", second)):
        held = (await registry.get(f"/v1/posts?person={someone}&on={day}")).json["items"]
        assert [each["post_id"] for each in held if each["primary"]] == [primary]
    rival = await registry.post("/v1/posts", json=post(someone, "E1B", valid_from="2024-12-01", primary=True))
    assert (rival.status, rival.code) == (409, "primary-overlaps")
    claims = await registry.patch(
        f"/v1/posts/{first}", json={"primary": False, "as_of": "2024-01-01"}, if_match='"1"'
    )
    assert claims.json["primary"] is True
    taken = await registry.patch(
        f"/v1/posts/{second}", json={"primary": True, "as_of": "2024-01-01"}, if_match='"1"'
    )
    assert taken.json["primary"] is True
    held = (await registry.get(f"/v1/posts?person={someone}&on=2024-07-01")).json["items"]
    assert {each["post_id"]: each["primary"] for each in held} == {first: False, second: True}


async def test_a_post_is_changed_ended_and_withdrawn_with_its_versions_kept(registry):
    someone, held = await hired(registry, "E1A", acting=True)
    where = f"/v1/posts/{held}"
    corrected = {"unit_code": "E1B", "as_of": "2025-01-01"}
    assert (await registry.patch(where, json=corrected, if_match='"1"')).json["unit_code"] == "E1B"
    ended = await registry.post(where + "/end", json={"last_day": "2026-06-30"})
    assert (ended.json["valid_to"], ended.json["version"]) == ("2026-06-30", 3)
    assert (await registry.post(where + "/end", json={"last_day": "2020-01-01"})).code == "dates-wrong"
    assert (await registry.post(where + "/end", json={})).status == 422
    assert (await registry.post(where + "/end", json={"withdrawn": True})).json is None
    assert (await registry.get(where)).status == 404
    versions = (await registry.get(where + "/versions")).json["items"]
    assert [(each["version"], each["unit_code"], each["valid_to"], each["withdrawn"]) for each in versions] == [
        (1, "E1A", None, False), (2, "E1B", None, False), (3, "E1B", "2026-06-30", False),
        (4, "E1B", "2026-06-30", True),
    ]  # fmt: skip
    assert await posts_of(registry, someone) == []


@pytest.mark.parametrize(
    ("values", "status", "problem"),
    [
        ({"unit_code": "NOWHERE"}, 422, "unit-unknown"),
        ({"role_code": "juggler"}, 422, "role-unknown"),
        ({"valid_to": "2020-01-01"}, 422, "dates-wrong"),
        ({"valid_from": "0001-01-01"}, 422, "input-invalid"),
        ({"manager_post_id": "019a0000-0000-7000-8000-000000000000"}, 422, "manager-unknown"),
        ({"person_id": "019a0000-0000-7000-8000-000000000000"}, 422, "person-unknown"),
        ({"person_id": "me"}, 422, "input-invalid"),
        ({"salary": 1}, 422, "input-invalid"),
    ],
)
async def test_wrong_posts_are_refused(registry, values, status, problem):
    new = await made(registry, "/v1/people", person())
    answer = await registry.post("/v1/posts", json=post(new["person_id"], "E1A") | values)
    assert (answer.status, answer.code) == (status, problem)
    assert answer.json["errors"][0]["pointer"].startswith("/")
    assert await posts_of(registry, new["person_id"]) == []


async def test_nobody_reports_to_themselves(registry):
    someone, held = await hired(registry, "E1A")
    answer = await registry.post("/v1/posts", json=post(someone, "E1B", manager_post_id=held))
    assert (answer.status, answer.code) == (422, "manager-self")


async def test_who_leaves_keeps_a_history_and_gets_no_new_post(registry):
    someone, held = await hired(registry, "E1A")
    await made(registry, "/v1/posts", post(someone, "E1B", valid_from="2030-01-01"))
    version = (await registry.get(f"/v1/people/{someone}")).headers["ETag"]
    left = await registry.delete(f"/v1/people/{someone}?on=2026-10-01", if_match=version)
    assert (left.json["active"], left.json["deactivated_on"]) == (False, "2026-10-01")
    assert [(each["post_id"], each["valid_to"]) for each in left.json["posts"]] == [(held, "2026-09-30")]
    assert (await registry.post("/v1/posts", json=post(someone, "E1A"))).code == "person-deactivated"
    again = await registry.delete(f"/v1/people/{someone}?on=2026-10-01", if_match=left.headers["ETag"])
    assert (again.status, again.code) == (409, "person-deactivated")
    back = await registry.patch(f"/v1/people/{someone}", json={"active": True}, if_match=left.headers["ETag"])
    assert back.json["active"] is True


async def test_a_post_to_come_is_published_when_it_begins(registry, clock):
    begins = domain_clock.today() + timedelta(days=5)
    someone, _ = await hired(registry, "E1A", valid_from=str(begins))
    before = (await registry.get(f"/v1/people/{someone}")).json["version"]
    clock.forward(days=5)

    async def published():
        return (await registry.get(f"/v1/people/{someone}")).json["version"] == before + 1

    await wait_for(published)


async def test_people_are_seen_by_role_subtree_and_relationship(registry, token, issuer):
    boss_signs_in = {"subjects": [{"iss": issuer.name, "sub": "boss"}]}
    boss, led = await hired(registry, "SL-E-1", boss_signs_in, role_code="district-health-officer")
    worker, _ = await hired(registry, "E1A", manager_post_id=led)
    stranger, _ = await hired(registry, "SL-N", role_code="regional-director")
    everyone = {boss, worker, stranger}

    async def seen(*roles, **options):
        client = registry.using(token(*roles, **options))
        found = {one for one in everyone if (await client.get(f"/v1/people/{one}")).status == 200}
        listed = {each["person_id"] for each in (await client.get("/v1/people?limit=200")).json["items"]}
        assert listed & everyone == found
        return found

    assert await seen("leader", subject="boss") == {boss, worker}
    assert await seen("leader", subject="nobody-known") == set()
    assert await seen("programme-manager", units=("SL-N",)) == {stranger}
    assert await seen("hris", units=("SL-E",)) == {boss, worker}
    assert await seen("hris", units=("SL",)) == everyone
    assert await seen("hris") == set()
    for role in ("ops", "service"):
        assert (
            await registry.using(token(role, units=("SL",))).get(f"/v1/people/{boss}")
        ).code == "role-missing"
    me = (await registry.using(token("leader", subject="boss")).get("/v1/me")).json
    assert (me["person"]["person_id"], me["person"]["subjects"]) == (boss, None)


async def test_only_the_own_regions_hris_writes(registry, token):
    someone, held = await hired(registry, "E1A")
    north = registry.using(token("hris", units=("SL-N",), subject="north"))
    assert (
        await north.patch(f"/v1/people/{someone}", json={"cadre": "x"}, if_match="*")
    ).code == "person-unknown"
    assert (await north.delete(f"/v1/people/{someone}", if_match="*")).status == 404
    assert (
        await north.patch(f"/v1/posts/{held}", json={"acting": True}, if_match="*")
    ).code == "post-unknown"
    assert (await north.post("/v1/posts", json=post(someone, "SL-N"))).code == "person-unknown"
    manager = registry.using(token("programme-manager", units=("SL",)))
    assert (
        await manager.patch(f"/v1/people/{someone}", json={"cadre": "x"}, if_match="*")
    ).code == "role-missing"
    assert (await manager.post("/v1/people", json=person())).code == "role-missing"


async def test_a_write_is_repeated_under_its_key(registry):
    body = person()
    first = await registry.post("/v1/people", json=body, key="person-1")
    again = await registry.post("/v1/people", json=body, key="person-1")
    assert (again.status, again.json["person_id"]) == (201, first.json["person_id"])


async def test_roles_are_shipped_changed_and_reach_their_people(registry, token, service_database):
    shipped = (await registry.get("/v1/roles?limit=200")).json["items"]
    assert {"ward-manager", "facility-manager", "regional-director"} <= {
        each["role_code"] for each in shipped
    }
    body = {"level": "I", "setting": "facility", "name": {"en": "Matron"}}
    created = await registry.put("/v1/roles/matron", json=body)
    assert (created.status, created.headers["ETag"]) == (201, '"1"')
    someone, _ = await hired(registry, "E1A", role_code="matron")
    assert (await registry.put("/v1/roles/matron", json=body)).status == 428
    await registry.put("/v1/roles/matron", json={**body, "level": "A"}, if_match='"1"')
    assert [each["level"] for each in await posts_of(registry, someone)] == ["A"]
    assert (await registry.get(f"/v1/people/{someone}")).json["version"] == 3
    assert (await registry.put("/v1/roles/x", json={**body, "level": "Z"})).status == 422
    answer = await registry.put("/v1/roles/matron", json={**body, "level": None}, if_match='"2"')
    assert (answer.status, answer.json["level"]) == (200, None), "a role may lead nobody"
    assert [each["level"] for each in await posts_of(registry, someone)] == [None]
    newest = [item for item in await published(service_database) if item.person_id == someone][-1]
    assert [each.level for each in newest.posts] == [""]
    del body["level"]
    assert (await registry.put("/v1/roles/x", json=body)).code == "input-invalid", "said, not left out"
    body["level"] = "I"
    region = registry.using(token("hris", units=("SL-N",)))
    assert (await region.put("/v1/roles/x", json=body)).code == "unit-out-of-scope"
