"""Two systems that say different things about one person: who has the say about which field."""

from services.registry.field_precedence.order import mark, superiors
from tests.registry.builders import made, person, source_client
from tests.registry.imports.test_people import load

ORDER = {"phone": ["pay", "staff"], "cadre": ["staff"], "email": []}


def test_systems_before_one_go_before_it_and_those_without_a_place_come_last():
    assert superiors(ORDER, "staff") == {"phone": ["pay"]}
    assert superiors(ORDER, "pay") == {"cadre": ["staff"]}
    assert superiors(ORDER, "register") == {"phone": ["pay", "staff"], "cadre": ["staff"]}
    assert superiors({}, "pay") == {}


def test_a_line_means_something_else_once_the_order_changes():
    assert mark({}, "pay") == mark({"email": []}, "pay") == ""
    marks = {mark(ORDER, "pay"), mark(ORDER, "staff"), mark({**ORDER, "phone": ["staff", "pay"]}, "pay")}
    assert len(marks) == 3


async def order(registry, token, field: str, *systems: str):
    administrator = registry.using(token("ops"))
    listed = (await administrator.get("/v1/field-precedence")).json["items"]
    version = next(each["version"] for each in listed if each["field"] == field)
    at = f"/v1/field-precedence/{field}"
    answer = await administrator.put(at, json={"systems": list(systems)}, if_match=f'"{version}"')
    assert answer.status == 200, answer.json
    assert (answer.json["version"], answer.json["systems"]) == (version + 1, list(systems))


async def disagreeing(registry, token, name: str):
    """Clients of two systems that know one person, and what each says of them."""
    staff, pay = [
        await source_client(registry, token, f"{each}-disagrees", each) for each in ("staff", "pay")
    ]
    ours = person(external_id=f"s-{name}", phone="111", cadre="Nurse")
    theirs = person(external_id=f"p-{name}", phone="222", cadre="Midwife")
    new = await made(staff, "/v1/people", ours)
    at = f"/v1/people/{new['person_id']}/identifiers/pay"
    assert (await pay.put(at, json={"value": f"p-{name}"}, if_match="*")).status == 200
    return staff, pay, ours, theirs, new["person_id"]


async def told(client, person_id: str):
    found = (await client.get(f"/v1/people/{person_id}")).json
    return found["phone"], found["cadre"]


async def test_each_field_is_decided_by_the_system_that_has_the_say(registry, token):
    root = registry.using(token("hris", units=("SL",)))
    staff, pay, ours, theirs, person_id = await disagreeing(registry, token, "say")
    await load(staff, ours)
    await load(pay, theirs)
    assert await told(root, person_id) == ("222", "Midwife"), "without an order the last word counts"
    await order(registry, token, "phone", "pay", "staff")
    await order(registry, token, "cadre", "staff")
    assert (await load(staff, ours))["updated"] == 1
    assert await told(root, person_id) == ("222", "Nurse")
    for client, line in ((pay, theirs), (staff, ours), (pay, theirs), (pay, theirs)):
        assert (await load(client, line))["unchanged"] == 1, "they go on disagreeing, and nothing is written"
    assert (await load(pay, {**theirs, "phone": None}))["updated"] == 1
    assert (await load(staff, ours))["unchanged"] == 1, "that it is empty is decided, too"
    assert await told(root, person_id) == (None, "Nurse")
    await order(registry, token, "phone")
    await order(registry, token, "cadre")
    assert (await load(pay, theirs))["updated"] == 1, "the same line is read afresh under another order"
    assert await told(root, person_id) == ("222", "Midwife")


async def test_who_alone_knows_a_person_or_is_not_retired_has_the_say(registry, token):
    root = registry.using(token("hris", units=("SL",)))
    staff, pay, ours, theirs, person_id = await disagreeing(registry, token, "alone")
    await order(registry, token, "phone", "pay")
    alone = person(external_id="s-nobody-else", phone="333")
    await load(staff, alone)
    assert (await load(staff, {**alone, "phone": "444"}))["updated"] == 1
    assert (await load(staff, {**ours, "phone": "555"}))["unchanged"] == 1
    administrator = registry.using(token("ops"))
    retired = await administrator.patch("/v1/source-systems/pay", json={"retired": True}, if_match="*")
    assert retired.status == 200
    assert (await load(staff, {**ours, "phone": "555"}))["updated"] == 1, "a retired one has no say"
    back = await administrator.patch("/v1/source-systems/pay", json={"retired": False}, if_match="*")
    assert back.status == 200
    assert (await load(pay, theirs))["updated"] == 1
    assert (await told(root, person_id))[0] == "222"
    await order(registry, token, "phone")


async def test_orders_that_cannot_be(registry, token):
    administrator = registry.using(token("ops"))
    at = "/v1/field-precedence"
    for field, systems, status, code, pointer in (
        ("phone", ["none"], 422, "source-system-unknown", "/systems/0"),
        ("phone", ["local", "local"], 422, "input-invalid", "/systems"),
        ("posts", [], 422, "input-invalid", "/path/field"),
    ):
        refused = await administrator.put(f"{at}/{field}", json={"systems": systems}, if_match="*")
        assert (refused.status, refused.code) == (status, code)
        assert [each["pointer"] for each in refused.json["errors"]] == [pointer]
    stale = await administrator.put(f"{at}/sex", json={"systems": []}, if_match='"1"')
    assert (stale.status, stale.code) == (412, "stale-etag")
