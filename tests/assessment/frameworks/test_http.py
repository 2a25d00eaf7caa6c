"""Frameworks, instruments and role profiles over HTTP, on the real service."""

import asyncpg
import orjson
import pytest

from services.assessment.frameworks.commands import delivered_content
from shared.database.engine import Database
from shared.directory.projection import take_units
from shared.events.framework import COMPETENCIES
from shared.settings import Settings
from tests.assessment.frameworks.drafts import CORE, OUTBREAK, drafted
from tests.assessment.world import unit


async def test_delivered_content_is_published_at_start(ops):
    listed = (await ops.get("/v1/frameworks", params={"state": "published"})).json["items"]
    assert [(row["framework_code"], row["framework_version"]) for row in listed[:2]] == [
        ("emergency", 1),
        ("steward-core", 1),
    ]
    core = await ops.get(CORE)
    assert len(core.json["content"]["items"]) == 99
    assert core.json["content"]["name"]["fr"].startswith("Référentiel")


async def test_loading_again_changes_nothing(ops, service_database):
    database = Database(Settings(service="assessment", database_url=service_database("assessment")))
    before = await ops.get(CORE)
    await delivered_content.load(database)
    async with database.transaction() as connection:
        published = "select count(*) from outbox where aggregate_id = 'steward-core'"
        assert await connection.fetchval(published) == 1
        assert await connection.fetchval("select max(version) from role_profile where not overridden") == 1
    await database.close()
    assert (await ops.get(CORE)).headers["ETag"] == before.headers["ETag"]


@pytest.mark.parametrize("level", ["B", "I", "A"])
async def test_an_instrument_has_33_items_in_framework_order(ops, level):
    found = (await ops.get(f"/v1/instruments/{level}", params={"lang": "en"})).json
    assert [item["competency"] for item in found["items"]] == [
        code for code in COMPETENCIES for _ in range(3)
    ]
    assert {item["code"].split("-")[1] for item in found["items"]} == {level}
    assert [anchor["value"] for anchor in found["scale"]["anchors"]] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    ("params", "header", "language", "name"),
    [
        ({}, None, "en", "Vision and strategy"),
        ({}, "fr-CH, en;q=0.5", "fr", "Vision et stratégie"),
        ({}, "pt, fr;q=0.1", "fr", "Vision et stratégie"),
        ({}, "pt;q=x,,;;, *", "en", "Vision and strategy"),
        ({"lang": "fr"}, "en", "fr", "Vision et stratégie"),
        ({"lang": "sw"}, None, "en", "Vision and strategy"),
    ],
)
async def test_language_falls_back(ops, params, header, language, name):
    headers = {"Accept-Language": header} if header else {}
    answer = await ops.get("/v1/instruments/B", params=params, headers=headers)
    assert answer.headers["Content-Language"] == answer.json["language"] == language
    assert answer.json["competencies"][0]["name"] == name


async def test_unchanged_content_answers_304(ops):
    core = await ops.get(CORE)
    again = await ops.get(CORE, headers={"If-None-Match": core.headers["ETag"]})
    assert (again.status, again.body) == (304, b"")


async def test_lists_are_paged(ops):
    first = (await ops.get("/v1/role-profiles", params={"limit": 4})).json
    second = (await ops.get("/v1/role-profiles", params={"limit": 4, "cursor": first["next"]})).json
    codes = [row["role_code"] for row in first["items"] + second["items"]]
    assert codes == sorted(set(codes))
    assert len(codes) == 8
    assert (await ops.get("/v1/role-profiles", params={"cursor": "nonsense"})).code == "cursor-malformed"


async def test_a_country_overrides_a_role_profile(ops):
    address = "/v1/role-profiles/ward-manager"
    before = await ops.get(address)
    assert before.json["profile"]["QM"] == {"target": 4, "weight": 2}
    profile = before.json["profile"] | {"QM": {"target": 4.5, "weight": 3}}
    body = {name: before.json[name] for name in ("level", "setting", "name")} | {"profile": profile}
    assert (await ops.put(address, json=body)).code == "if-match-required"
    changed = await ops.put(address, json=body, if_match=before.headers["ETag"])
    assert (changed.status, changed.json["overridden"]) == (200, True)
    assert (await ops.get(address)).json["profile"]["QM"] == {"target": 4.5, "weight": 3}
    lacking = body | {"profile": {"QM": {"target": 4, "weight": 1}}}
    refused = await ops.put(address, json=lacking, if_match=changed.headers["ETag"])
    assert (refused.status, refused.code) == (422, "input-invalid")


async def test_a_profile_for_a_new_role(ops):
    address = "/v1/role-profiles/matron"
    assert (await ops.get(address)).code == "role-profile-unknown"
    body = (await ops.get("/v1/role-profiles/nursing-manager")).json
    body = {name: body[name] for name in ("level", "setting", "name", "profile")}
    assert (await ops.put(address, json=body)).status == 201


async def test_content_is_for_the_whole_country(ops, token):
    leader = ops.using(token("leader"))
    district = ops.using(token("programme-manager", units=("N01",)))
    for caller, code in ((leader, "role-missing"), (district, "unit-out-of-scope")):
        answer = await caller.put("/v1/frameworks/mine/versions/1", json=OUTBREAK)
        assert (answer.status, answer.code) == (403, code)
        profile = await caller.put("/v1/role-profiles/ward-manager", json={}, if_match="*")
        assert profile.status in (403, 422)
    assert (await leader.get("/v1/instruments/B")).status == 200
    assert (await ops.using(None).get("/v1/instruments/B")).status == 401


async def test_publishing_sends_one_event(ops, service_database):
    await drafted(ops, "told")
    assert (await ops.post("/v1/frameworks/told/versions/1/publish")).status == 200
    connection = await asyncpg.connect(service_database("assessment"))
    rows = await connection.fetch("select subject, payload from outbox where aggregate_id = 'told'")
    await connection.close()
    [row] = rows
    assert row["subject"].endswith(".down.assessment.framework-published.v1")
    sent = orjson.loads(row["payload"])["data"]
    assert sent["framework_version"] == 1
    assert sent["content"]["document"] == OUTBREAK | {"code": "told", "version": 1}
    assert len(sent["content"]["role_profiles"]) == 16
    assert "matron" in {each["role_code"] for each in sent["content"]["role_profiles"]}


async def test_the_whole_core_fits_a_message_twenty_times(service_database):
    connection = await asyncpg.connect(service_database("assessment"))
    payload = await connection.fetchval("select payload from outbox where aggregate_id = 'steward-core'")
    await connection.close()
    sent = orjson.loads(payload)["data"]["content"]
    assert len(sent["document"]["items"]) == 99
    assert len(sent["role_profiles"]) == 15
    assert len(payload) * 20 < 1 << 20, len(payload)  # what nats-server takes unless told otherwise


async def test_a_repeated_draft_under_one_key_is_one_draft(ops):
    address = "/v1/frameworks/repeated/versions/1"
    first = await ops.put(address, json=OUTBREAK, key="k1")
    again = await ops.put(address, json=OUTBREAK, key="k1")
    assert (first.status, again.status) == (201, 201)
    assert first.body == again.body


async def test_a_nul_is_refused_wherever_it_stands(ops):
    body = OUTBREAK | {"name": {"en": "a\0b"}}
    inside = await ops.put("/v1/frameworks/nul/versions/1", json=body)
    assert (inside.status, inside.code) == (422, "input-invalid")
    assert [error["pointer"] for error in inside.json["errors"]] == ["/name/en"]
    outside = await ops.get("/v1/frameworks", params={"code": "a\0b"})
    assert (outside.status, outside.code) == (422, "value-not-storable")
    assert (await ops.get("/v1/frameworks/nul/versions/1")).code == "framework-unknown"


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"disabled_itmes": ["VS-B-3"]}, "/disabled_itmes"),
        ({"renamed_items": {"CO-B-1": {"txt": {"en": "other words"}}}}, "/renamed_items/CO-B-1/txt"),
        ({"weights": {"CO": "2"}}, "/weights/CO"),
        ({"name": {"en": "\u200b"}}, "/name/en"),
    ],
)
async def test_content_has_no_field_that_means_nothing(ops, wrong, pointer):
    answer = await ops.put("/v1/frameworks/misspelt/versions/1", json=OUTBREAK | wrong)
    assert (answer.status, answer.code) == (422, "input-invalid")
    assert [error["pointer"] for error in answer.json["errors"]] == [pointer]


async def test_a_programme_manager_of_the_whole_country_writes_content(ops, token, service_database):
    database = Database(Settings(service="assessment", database_url=service_database("assessment")))
    async with database.session() as session:
        await take_units(session, [unit("N", None), unit("N1", "N")])
    await database.close()
    region = ops.using(token("programme-manager", units=("N1",)))
    country = ops.using(token("programme-manager", units=("N",)))
    assert (await region.put("/v1/frameworks/ours/versions/1", json=OUTBREAK)).code == "unit-out-of-scope"
    assert (await country.put("/v1/frameworks/ours/versions/1", json=OUTBREAK)).status == 201


async def test_what_is_documented_is_what_comes(ops):
    schema = (await ops.get("/openapi.json")).json
    for path, name in (
        ("/v1/instruments/{level}", "Instrument"),
        ("/v1/role-profiles/{role}", "RoleProfile"),
    ):
        told = schema["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
        assert told["$ref"].endswith(name)
    instrument = (await ops.get("/v1/instruments/B")).json
    assert set(instrument) == set(schema["components"]["schemas"]["Instrument"]["example"])


async def test_which_roles_have_a_profile_is_published_when_it_changes(ops, service_database):
    connection = await asyncpg.connect(service_database("assessment"))
    told = "select payload from outbox where subject like '%.assessment.role-profiles-changed.v1' order by id"

    async def roles() -> list[list[str]]:
        return [orjson.loads(row["payload"])["data"]["role_codes"] for row in await connection.fetch(told)]

    before = await roles()
    body = (await ops.get("/v1/role-profiles/nursing-manager")).json
    body = {name: body[name] for name in ("level", "setting", "name", "profile")}
    made = await ops.put("/v1/role-profiles/head-midwife", json=body)
    assert made.status == 201
    assert await roles() == [*before, sorted([*before[-1], "head-midwife"])]
    changed = await ops.put("/v1/role-profiles/head-midwife", json=body, if_match=made.headers["ETag"])
    assert changed.status == 200
    assert len(await roles()) == len(before) + 1
    await connection.close()
