"""Posts that several source systems know, and loads that name units by what a system calls them."""

from tests.registry.builders import made, person, source_client
from tests.registry.imports.test_people import load

ROLE = {"role_code": "ward-manager", "valid_from": "2025-01-01"}


def at(post_id: str, system: str) -> str:
    return f"/v1/posts/{post_id}/identifiers/{system}"


async def both_systems(registry, token):
    """A client of an HRIS and one of a payroll, each of the whole country."""
    return [await source_client(registry, token, f"{name}-of-posts", name) for name in ("staff", "pay")]


async def linked(registry, token, name: str):
    """Both clients, and a post that one calls `s-name` and the other `p-name`; so with its person."""
    staff, pay = await both_systems(registry, token)
    new = await made(staff, "/v1/people", person(external_id=f"s-{name}"))
    held = {"person_id": new["person_id"], "unit_code": "E1A", "external_id": f"s-{name}", **ROLE}
    post_id = (await made(staff, "/v1/posts", held))["post_id"]
    for where in (f"/v1/people/{new['person_id']}/identifiers/pay", at(post_id, "pay")):
        assert (await pay.put(where, json={"value": f"p-{name}"}, if_match="*")).status == 200
    return staff, pay, post_id


def line(name: str, unit: str = "E1A", **values):
    return {"external_id": name, "person_external_id": name, "unit_code": unit, **ROLE} | values


async def test_loads_of_both_systems_meet_the_same_post(registry, token):
    staff, pay, post_id = await linked(registry, token, "met")
    shown = (await pay.get(f"/v1/posts/{post_id}")).json
    assert shown["identifiers"] == [{"system": "pay", "value": "p-met"}]
    assert (shown["external_id"], shown["version"]) == ("p-met", 2)
    assert (await load(pay, line("p-met"), kind="posts"))["unchanged"] == 1
    assert (await load(staff, line("s-met"), kind="posts"))["unchanged"] == 1
    below = line("p-below", person_external_id="p-met") | {"manager_external_id": "p-met"}
    (refused,) = (await load(pay, below, kind="posts"))["rejected"]
    assert refused["code"] == "manager-self", "the manager's post is found by its second identifier"


async def test_identifiers_go_along_with_the_term_that_follows(registry, token):
    staff, pay, post_id = await linked(registry, token, "along")
    moved = line("p-along", "E1B", as_of="2026-02-01")
    assert (await load(pay, moved, kind="posts"))["updated"] == 1
    (found,) = (await pay.get("/v1/posts?external_id=p-along&system=pay")).json["items"]
    assert (found["unit_code"], found["valid_from"]) == ("E1B", "2026-02-01")
    (same,) = (await staff.get("/v1/posts?external_id=s-along&system=staff")).json["items"]
    assert same["post_id"] == found["post_id"] != post_id
    back = await staff.patch(
        f"/v1/posts/{found['post_id']}", json={"unit_code": "E1A", "as_of": "2026-05-01"}, if_match="*"
    )
    assert back.status == 200, back.json
    assert (await load(pay, line("p-along", as_of="2026-05-01"), kind="posts"))["unchanged"] == 1


async def test_a_value_is_of_one_post_and_free_once_that_is_withdrawn(registry, token):
    staff, pay, post_id = await linked(registry, token, "one")
    _, _, other = await linked(registry, token, "other")
    refused = await pay.put(at(other, "pay"), json={"value": "p-one"}, if_match="*")
    assert (refused.status, refused.code) == (409, "external-id-taken")
    assert (await pay.delete(at(other, "pay"), if_match='"1"')).code == "stale-etag"
    assert (await pay.delete(at(other, "pay"), if_match="*")).json["identifiers"] == []
    assert (await pay.delete(at(other, "pay"), if_match="*")).code == "identifier-unknown"
    gone = await staff.post(f"/v1/posts/{post_id}/end", json={"withdrawn": True}, if_match="*")
    assert gone.status == 200, gone.json
    assert (await pay.put(at(other, "pay"), json={"value": "p-one"}, if_match="*")).status == 200


async def test_loads_name_units_by_what_a_system_calls_them(registry, token):
    staff, pay = await both_systems(registry, token)
    named = await staff.put("/v1/units/E1A/identifiers/staff", json={"value": "MFL-1"}, if_match="*")
    assert named.status == 200, named.json
    await load(staff, person(external_id="s-unit"))
    own = line("s-unit", unit=None, unit_external_id="MFL-1")
    assert (await load(staff, own, kind="posts"))["created"] == 1
    assert (await load(staff, line("s-unit"), kind="posts"))["unchanged"] == 1, "the same unit by its code"
    assert (await load(staff, own | {"unit_system": "staff"}, kind="posts"))["unchanged"] == 1
    for wrong, code in (
        (own | {"unit_system": "pay"}, "unit-identifier-unknown"),
        (own | {"unit_system": "none"}, "unit-identifier-unknown"),
        (own | {"unit_external_id": "MFL-2"}, "unit-identifier-unknown"),
        (own | {"unit_code": "E1A"}, "unit-missing"),
        (line("s-unit", unit=None), "unit-missing"),
        (line("s-unit", unit_system="staff"), "unit-missing"),
    ):
        report = await load(staff, wrong, kind="posts")
        assert [each["code"] for each in report["rejected"]] == [code]
    await load(pay, person(external_id="p-unit"))
    theirs = line("p-unit", unit=None, unit_external_id="MFL-1", unit_system="staff")
    assert (await load(pay, theirs, kind="posts"))["created"] == 1, "units' identifiers are no secret"


async def test_a_unit_elsewhere_is_refused_at_the_field_that_names_it(registry, token):
    north = await source_client(registry, token, "north-of-posts", "staff", units=("SL-N",))
    staff, _ = await both_systems(registry, token)
    named = await staff.put("/v1/units/E1A/identifiers/staff", json={"value": "MFL-E1A"}, if_match="*")
    assert named.status == 200, named.json
    await load(north, person(external_id="s-away"))
    for sent, pointer in (
        (line("s-away"), "/unit_code"),
        (line("s-away", unit=None, unit_external_id="MFL-E1A"), "/unit_external_id"),
    ):
        report = await load(north, sent, kind="posts")
        found = [(each["code"], each["pointer"]) for each in report["rejected"]]
        assert found == [("unit-out-of-scope", pointer)]
