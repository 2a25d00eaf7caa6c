"""People in bulk: upsert by external id, a report of every line, nothing published for what did not change."""

import io

import asyncpg
import msgspec
import pytest

from services.registry.imports.commands import report as reporting
from shared.events.envelope import decoder
from shared.events.registry import PeopleChanged
from tests.registry.builders import hired, made, person, post, source_client

NDJSON = {"Content-Type": "application/x-ndjson"}


async def load(client, *lines, kind="people"):
    body = b"\n".join(line if isinstance(line, bytes) else msgspec.json.encode(line) for line in lines)
    answer = await client.post(f"/v1/imports/{kind}", data=io.BytesIO(body), headers=NDJSON)
    assert answer.status == 200, answer.json
    return answer.json


def counts(report):
    return {key: report[key] for key in ("received", "created", "updated", "unchanged", "rejected_count")}


async def published(service_database):
    connection = await asyncpg.connect(service_database("registry"))
    try:
        rows = await connection.fetch("select payload from outbox where aggregate_id = 'people' order by id")
    finally:
        await connection.close()
    return [item for row in rows for item in decoder(PeopleChanged).decode(row[0]).data.items]


async def test_loading_twice_changes_nothing_and_publishes_nothing(registry, service_database):
    lines = [person(external_id=f"twice-{number}") for number in range(1200)]
    assert counts(await load(registry, *lines)) == {
        "received": 1200, "created": 1200, "updated": 0, "unchanged": 0, "rejected_count": 0,
    }  # fmt: skip
    before = await published(service_database)
    assert counts(await load(registry, *lines)) == {
        "received": 1200, "created": 0, "updated": 0, "unchanged": 1200, "rejected_count": 0,
    }  # fmt: skip
    assert await published(service_database) == before
    lines[7] |= {"cadre": "Midwife"}
    assert counts(await load(registry, *lines))["updated"] == 1
    changed = (await published(service_database))[len(before) :]
    assert [(item.version, item.cadre) for item in changed] == [(2, "Midwife")]
    found = (await registry.get("/v1/people?external_id=twice-7")).json["items"][0]
    versions = (await registry.get(f"/v1/people/{found['person_id']}/versions")).json["items"]
    assert [(each["version"], each["cadre"]) for each in versions] == [(1, "Nurse"), (2, "Midwife")]


async def test_an_outbox_message_has_500_people_and_no_name(registry, service_database):
    await load(registry, *(person(external_id=f"many-{n}", family_name="Verysecret") for n in range(1100)))
    connection = await asyncpg.connect(service_database("registry"))
    try:
        payloads = [
            row[0] for row in await connection.fetch("select payload from outbox order by id desc limit 3")
        ]
    finally:
        await connection.close()
    assert sorted(len(decoder(PeopleChanged).decode(payload).data.items) for payload in payloads) == [
        100,
        500,
        500,
    ]
    assert not any(b"Verysecret" in payload or b"many-1" in payload for payload in payloads)


@pytest.mark.parametrize(
    ("line", "code", "pointer"),
    [
        (b"not json", "json-invalid", ""),
        (b"\xff\xfe", "json-invalid", ""),
        (b"[]", "field-wrong", ""),
        (b"[" * 1100, "field-wrong", ""),
        (b'{"shoe": ' + b"[" * 1100 + b"]" * 1100 + b"}", "field-wrong", "/shoe"),
        (b'{"' + b"k" * 60_000 + b'": 1}', "field-wrong", "/" + "k" * 64),
        (b"{}", "field-wrong", "/external_id"),
        (b'{"external_id": "x", "family_name": 7}', "field-wrong", "/family_name"),
        (b'{"external_id": "x", "family_name": "K", "sex": "often"}', "field-wrong", "/sex"),
        (b'{"external_id": "x", "family_name": "K", "birth_year": 1492}', "field-wrong", "/birth_year"),
        (b'{"external_id": "x", "family_name": "K", "birth_year": 2150}', "birth-year-wrong", "/birth_year"),
        (b'{"external_id": "x", "family_name": "K", "shoe": 42}', "field-wrong", "/shoe"),
        (b'{"external_id": "x", "family_name": "K\\u0000"}', "control-character", "/family_name"),
        (b'{"external_id": "x", "family_name": "\\ud800"}', "json-invalid", ""),
        (b'{"external_id": "x", "family_name": "' + b"K" * 201 + b'"}', "too-long", "/family_name"),
    ],
)
async def test_a_wrong_line_is_reported_and_the_good_ones_stand(registry, line, code, pointer):
    good = person()
    report = await load(registry, good, line)
    assert (report["created"], report["rejected_count"]) == (1, 1)
    assert [(each["line"], each["code"], each["pointer"]) for each in report["rejected"]] == [
        (2, code, pointer)
    ]
    assert max(len(each["detail"]) for each in report["rejected"]) <= 200
    assert len((await registry.get(f"/v1/people?external_id={good['external_id']}")).json["items"]) == 1


async def test_a_repeated_external_id_is_rejected(registry):
    one = person()
    report = await load(registry, one, {**one, "cadre": "Other"})
    assert [(each["line"], each["code"]) for each in report["rejected"]] == [(2, "external-id-repeated")]


async def test_rejected_lines_are_counted_even_where_they_are_not_listed(registry, monkeypatch):
    monkeypatch.setattr(reporting, "LISTED", 2)
    report = await load(registry, *[b"nonsense"] * 5)
    assert (report["rejected_count"], len(report["rejected"])) == (5, 2)


async def test_each_source_system_has_external_ids_of_its_own(registry, token):
    line = person(external_id="shared-id")
    await load(registry, line)
    other = await source_client(registry, token, "another")
    assert (await load(other, line))["created"] == 1


async def test_sign_ins_are_tied_and_kept_apart(registry, token, issuer):
    subjects = [{"iss": issuer.name, "sub": "bulk-ama"}]
    lines = [person(subjects=subjects), person(subjects=subjects), person()]
    report = await load(registry, *lines)
    assert [(each["line"], each["code"]) for each in report["rejected"]] == [(2, "subject-taken")]
    me = (await registry.using(token("leader", subject="bulk-ama")).get("/v1/me")).json
    assert me["person"]["family_name"] == "Kamara"
    assert (await load(registry, lines[0]))["unchanged"] == 1
    assert (await load(registry, {**lines[0], "subjects": []}))["updated"] == 1
    assert (await registry.using(token("leader", subject="bulk-ama")).get("/v1/me")).json["person"] is None


async def test_posts_follow_their_people_and_managers(registry):
    boss, worker = person(), person()
    await load(registry, boss, worker)
    lines = [
        {"external_id": "pw", "person_external_id": worker["external_id"], "unit_code": "E1A",
         "role_code": "ward-manager", "valid_from": "2024-01-01", "manager_external_id": "pb"},
        {"external_id": "pb", "person_external_id": boss["external_id"], "unit_code": "SL-E-1",
         "role_code": "district-health-officer", "valid_from": "2023-01-01"},
    ]  # fmt: skip
    assert (await load(registry, *lines, kind="posts"))["created"] == 2
    again = await load(registry, *lines, kind="posts")
    assert (again["unchanged"], again["created"], again["updated"]) == (2, 0, 0)
    held = (await registry.get("/v1/posts?external_id=pw")).json["items"][0]
    led = (await registry.get("/v1/posts?external_id=pb")).json["items"][0]
    assert held["manager_post_id"] == led["post_id"]
    assert held["primary"] is True
    lines[0] |= {"valid_to": "2024-12-31"}
    assert (await load(registry, *lines, kind="posts"))["updated"] == 1
    versions = (await registry.get(f"/v1/posts/{held['post_id']}/versions")).json["items"]
    assert [(each["version"], each["valid_to"]) for each in versions] == [(1, None), (2, "2024-12-31")]


async def test_wrong_posts_are_reported(registry, token):
    someone, other = person(), person()
    await load(registry, someone, other)
    whose = {"person_external_id": someone["external_id"]}
    good = {"unit_code": "E1A", "role_code": "ward-manager", "valid_from": "2024-01-01", **whose}
    wrong = [
        ({**good, "unit_code": "NOWHERE"}, "unit-unknown"),
        ({**good, "role_code": "juggler"}, "role-unknown"),
        ({**good, "person_external_id": "nobody"}, "person-unknown"),
        ({**good, "manager_external_id": "nobody"}, "manager-unknown"),
        ({**good, "valid_to": "2023-01-01"}, "dates-wrong"),
        ({**good, "valid_from": "0001-01-01"}, "dates-wrong"),
        ({**good, "valid_from": "yesterday"}, "field-wrong"),
        ({**good, "person_id": "019a0000-0000-7000-8000-000000000000"}, "person-missing"),
        ({**good, "primary": True, "valid_from": "2010-01-01", "valid_to": "2012-01-01"}, None),
        ({**good, "primary": True, "valid_from": "2011-01-01", "valid_to": "2013-01-01"}, "primary-overlaps"),
        ({**good, "external_id": "self-boss", "manager_external_id": "self-boss"}, "manager-self"),
        ({**good, "manager_external_id": "self-boss"}, "manager-self"),
    ]
    lines = [{"external_id": f"wrong-{n}", **line} for n, (line, _) in enumerate(wrong)]
    report = await load(registry, *lines, kind="posts")
    found = {each["line"]: each["code"] for each in report["rejected"]}
    assert found == {n: code for n, (_, code) in enumerate(wrong, 1) if code}
    north = await source_client(registry, token, "north", units=("SL-N",))
    mine = person()
    await load(north, mine)
    outside = {**good, "external_id": "out", "person_external_id": mine["external_id"]}
    report = await load(north, outside, kind="posts")
    assert [each["code"] for each in report["rejected"]] == ["unit-out-of-scope"]


async def test_another_regions_people_are_not_overwritten(registry, token):
    """The same client id with fewer units: what it once loaded and has no longer stays as it is."""
    about = person()
    await hired(registry, "E1A", about)
    north = registry.using(token("hris", units=("SL-N",)))
    report = await load(north, {**about, "family_name": "Stolen"})
    assert [each["code"] for each in report["rejected"]] == ["person-out-of-scope"]
    kept = (await registry.get(f"/v1/people?external_id={about['external_id']}")).json["items"][0]
    assert kept["family_name"] == "Kamara"


async def test_an_import_is_repeated_under_its_key(registry):
    body = msgspec.json.encode(person())
    first = await registry.post("/v1/imports/people", data=body, headers=NDJSON, key="load-1")
    again = await registry.post("/v1/imports/people", data=body, headers=NDJSON, key="load-1")
    assert first.json == again.json
    assert again.headers["idempotency-replayed"] == "true"
    other = await registry.post("/v1/imports/people", data=b"{}", headers=NDJSON, key="load-1")
    assert (other.status, other.code) == (422, "idempotency-key-reused")


async def test_who_may_import_and_what(registry, token):
    for role in ("programme-manager", "leader", "ops"):
        answer = await registry.using(token(role, units=("SL",))).post(
            "/v1/imports/people", data=b"", headers=NDJSON
        )
        assert (answer.status, answer.code) == (403, "role-missing")
    answer = await registry.post("/v1/imports/people", json=[])
    assert (answer.status, answer.code) == (422, "media-type")
    long_line = await registry.post("/v1/imports/people", data=b"x" * 70_000, headers=NDJSON)
    assert (long_line.status, long_line.code) == (413, "line-too-long")


async def test_single_and_bulk_agree(registry):
    about = person()
    await made(registry, "/v1/people", about)
    assert (await load(registry, about))["unchanged"] == 1
    found = (await registry.get(f"/v1/people?external_id={about['external_id']}")).json["items"][0]
    held = await made(registry, "/v1/posts", post(found["person_id"], "E1A", external_id="agree"))
    line = {key: held[key] for key in ("external_id", "person_id", "unit_code", "role_code", "valid_from")}
    assert (await load(registry, line, kind="posts"))["unchanged"] == 1
