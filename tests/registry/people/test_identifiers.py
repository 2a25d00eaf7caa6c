"""People whom several source systems know."""

import asyncio

import asyncpg
import pytest

from tests.registry.builders import hired, made, person, source_client
from tests.registry.imports.test_people import load


def at(person_id: str, system: str) -> str:
    return f"/v1/people/{person_id}/identifiers/{system}"


async def both_systems(registry, token):
    """A client of an HRIS and one of a payroll, each of the whole country."""
    return [await source_client(registry, token, f"{name}-of-both", name) for name in ("staff", "pay")]


async def linked(registry, token, value: str):
    """Clients of both systems, a person of the first, and their record there; the second calls them `value`."""
    staff, pay = await both_systems(registry, token)
    about = person()
    person_id, _ = await hired(staff, "E1A", about)
    version = (await pay.get(f"/v1/people/{person_id}")).version
    named = await pay.put(at(person_id, "pay"), json={"value": value}, if_match=f'"{version}"')
    assert named.status == 200, named.json
    assert named.json["identifiers"] == [{"system": "pay", "value": value}]
    return staff, pay, person_id, about


async def test_loads_of_both_systems_meet_the_same_person(registry, token):
    staff, pay, person_id, about = await linked(registry, token, "pay-1")
    line = {**about, "external_id": "pay-1"}
    assert (await load(pay, line))["unchanged"] == 1
    assert (await load(staff, about))["unchanged"] == 1
    assert (await load(pay, {**line, "cadre": "Midwife"}))["updated"] == 1
    assert (await load(staff, {**about, "cadre": "Midwife"}))["unchanged"] == 1
    assert (await load(staff, about))["updated"] == 1, "the last word counts, whoever says it"
    (found,) = (await pay.get("/v1/people?external_id=pay-1")).json["items"]
    assert (found["person_id"], found["cadre"]) == (person_id, "Nurse")
    post = {"external_id": "pay-p-1", "person_external_id": "pay-1", "unit_code": "E1B"}
    post |= {"role_code": "ward-manager", "valid_from": "2025-01-01"}
    assert (await load(pay, post, kind="posts"))["created"] == 1
    gone = {"external_id": "pay-1", "on": "2027-01-01"}
    assert (await load(pay, gone, kind="leavers"))["updated"] == 1
    assert (await load(staff, {**gone, "external_id": about["external_id"]}, kind="leavers"))[
        "unchanged"
    ] == 1


async def test_sign_ins_of_a_second_system_are_tied_to_the_same_person(registry, token, issuer):
    staff, pay, person_id, about = await linked(registry, token, "pay-2")
    subjects = [{"iss": issuer.name, "sub": "known-to-both"}]
    line = {**about, "external_id": "pay-2", "subjects": subjects}
    assert (await load(pay, line))["updated"] == 1
    me = (await registry.using(token("leader", subject="known-to-both")).get("/v1/me")).json
    assert me["person"]["person_id"] == person_id
    assert (await load(staff, {**about, "subjects": subjects}))["rejected"] == []
    refused = (await load(staff, person(subjects=subjects)))["rejected"]
    assert [each["code"] for each in refused] == ["subject-taken"]
    assert (await load(pay, {**line, "subjects": []}))["updated"] == 1
    assert (await registry.using(token("leader", subject="known-to-both")).get("/v1/me")).json[
        "person"
    ] is None


async def test_a_value_of_a_system_is_of_one_person(registry, token):
    staff, pay, person_id, about = await linked(registry, token, "pay-3")
    other, _ = await hired(staff, "E1A")
    version = (await pay.get(f"/v1/people/{other}")).version
    refused = await pay.put(at(other, "pay"), json={"value": "pay-3"}, if_match=f'"{version}"')
    assert (refused.status, refused.code) == (409, "external-id-taken")
    assert [each["pointer"] for each in refused.json["errors"]] == ["/value"]
    again = await pay.post("/v1/people", json={**about, "external_id": "pay-3"})
    assert (again.status, again.code) == (409, "external-id-taken")
    found = await pay.get(f"/v1/people/{person_id}")
    same = await pay.put(at(person_id, "pay"), json={"value": "pay-3"}, if_match=f'"{found.version}"')
    assert same.json["version"] == int(found.version), "nothing new, no version"


async def test_the_first_identifier_is_changed_and_taken_away(registry, token):
    staff, _ = await both_systems(registry, token)
    about = person()
    new = await made(staff, "/v1/people", about)
    where = at(new["person_id"], "staff")
    changed = await staff.put(where, json={"value": "renumbered"}, if_match='"1"')
    assert (changed.json["external_id"], changed.json["version"]) == ("renumbered", 2)
    assert (await load(staff, {**about, "external_id": "renumbered"}))["unchanged"] == 1
    gone = await staff.delete(where, if_match='"2"')
    assert (gone.json["external_id"], gone.json["identifiers"]) == (None, [])
    assert (await staff.delete(where, if_match='"3"')).code == "identifier-unknown"
    assert (await load(staff, {**about, "external_id": "renumbered"}))["created"] == 1
    assert (await load(staff, about))["created"] == 1, "free for somebody else"


async def test_of_people_named_alike_at_once_one_has_the_value(registry, token):
    staff, pay = await both_systems(registry, token)
    new = [(await made(staff, "/v1/people", person()))["person_id"] for _ in range(6)]
    naming = [pay.put(at(each, "pay"), json={"value": "at-once"}, if_match='"1"') for each in new]
    line = person(external_id="at-once")
    *answers, report = await asyncio.gather(*naming, load(pay, line))
    won = [answer for answer in answers if answer.status == 200]
    assert {answer.code for answer in answers if answer.status != 200} <= {"external-id-taken"}
    assert len(won) + report["created"] == 1, "the load meets who was named before it, or makes somebody"
    assert len((await pay.get("/v1/people?external_id=at-once")).json["items"]) == 1


async def test_loads_and_names_of_the_same_people_at_once_wait_for_one_another(registry, token):
    staff, _ = await both_systems(registry, token)
    lines = [person(external_id=f"load-{number}") for number in range(300)]
    await load(staff, *lines)
    found = [
        (await staff.get(f"/v1/people?external_id=load-{number}")).json["items"][0]["person_id"]
        for number in range(290, 300)
    ]
    changed = [{**line, "cadre": "Midwife"} for line in lines]
    naming = [
        staff.put(at(each, "staff"), json={"value": f"named-{number}"}, if_match="*")
        for number, each in enumerate(found)
    ]
    report, *answers = await asyncio.gather(load(staff, *changed), *naming)
    assert [answer.status for answer in answers] == [200] * 10
    assert (report["updated"] + report["created"], report["rejected_count"]) == (300, 0)


async def test_who_may_not_name_somebody(registry, token):
    staff, pay, person_id, _ = await linked(registry, token, "pay-5")
    at_pay, version = at(person_id, "pay"), (await pay.get(f"/v1/people/{person_id}")).version
    north = await source_client(registry, token, "north-pay", "pay", units=("SL-N",))
    for client, if_match, status, problem in (
        (staff, f'"{version}"', 403, "source-system-not-bound"),
        (north, f'"{version}"', 404, "person-unknown"),
        (pay, '"99"', 412, "stale-etag"),
        (pay, None, 428, "if-match-required"),
    ):
        for refused in (
            await client.put(at_pay, json={"value": "other"}, if_match=if_match),
            await client.delete(at_pay, if_match=if_match),
        ):
            assert (refused.status, refused.code) == (status, problem)
    assert (await pay.get(f"/v1/people/{person_id}")).json["external_id"] == "pay-5"


async def test_the_database_lets_a_source_record_be_of_one_person(registry, token, service_database):
    """Whatever code writes it: old code, too, which looks for the first identifier alone."""
    staff, pay, person_id, _ = await linked(registry, token, "pay-6")
    other = await made(staff, "/v1/people", person())
    first = await made(pay, "/v1/people", person(external_id="pay-7"))
    insert = """
    insert into person (version, source, external_id, family_name, recorded_at, recorded_by)
    select 1, system_id, value, 'Twice', recorded_at, recorded_by from person_identifier where value = 'pay-6'
    """
    name = """
    insert into person_identifier (value, system_id, person_id, recorded_at, recorded_by)
    select external_id, source, $2, recorded_at, recorded_by from person where person_id = $1
    """
    connection = await asyncpg.connect(service_database("registry"))
    try:
        with pytest.raises(asyncpg.UniqueViolationError) as refused:
            await connection.execute(insert)
        assert refused.value.constraint_name == "one_person_of_a_source_record"
        with pytest.raises(asyncpg.UniqueViolationError) as refused:
            await connection.execute(name, first["person_id"], other["person_id"])
        assert refused.value.constraint_name == "one_person_of_a_source_record"
    finally:
        await connection.close()
    (found,) = (await pay.get("/v1/people?external_id=pay-6")).json["items"]
    assert found["person_id"] == person_id
