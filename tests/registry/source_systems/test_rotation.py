"""Whose records they are does not depend on which client sends them."""

import asyncio

from tests.registry.builders import hired, made, person, post, source_client
from tests.registry.imports.test_people import NDJSON, counts, load, published


async def identities(client) -> set[tuple[str, str]]:
    """(external id, id) of everybody that the client has given one."""
    found = (await client.get("/v1/people?limit=200")).json["items"]
    return {(each["external_id"], each["person_id"]) for each in found if each["external_id"]}


async def test_the_same_files_from_a_rotated_client_change_nothing(registry, token, service_database):
    before = await source_client(registry, token, "hris-2025", "personnel")
    people = [person() for _ in range(30)]
    lines = [
        {"external_id": f"p-{each['external_id']}", "person_external_id": each["external_id"],
         "unit_code": "E1A", "role_code": "facility-manager", "valid_from": "2025-01-01"}
        for each in people
    ]  # fmt: skip
    assert (await load(before, *people))["created"] == 30
    assert (await load(before, *lines, kind="posts"))["created"] == 30
    known, announced = await identities(before), await published(service_database)

    after = await source_client(registry, token, "hris-2026", "personnel")
    for kind, file in (("people", people), ("posts", lines)):
        report = counts(await load(after, *file, kind=kind))
        assert (report["unchanged"], report["received"]) == (30, 30), kind
    assert await identities(after) == known
    assert await published(service_database) == announced
    assert (await load(after, {**people[0], "cadre": "Midwife"}))["updated"] == 1
    assert (await load(before, {**people[0], "cadre": "Midwife"}))["unchanged"] == 1


async def test_who_was_taken_off_writes_no_more_and_what_it_wrote_stays(registry, token):
    old = await source_client(registry, token, "leaving-1", "leaving")
    new = await source_client(registry, token, "leaving-2", "leaving")
    about = person()
    await load(old, about)
    administrator = registry.using(token("ops"))
    clients = (await administrator.get("/v1/source-systems/leaving/clients")).json["items"]
    assert sorted(each["sub"] for each in clients) == ["leaving-1", "leaving-2"]
    (key,) = [each["client_key"] for each in clients if each["sub"] == "leaving-1"]
    at = f"/v1/source-systems/leaving/clients/{key}"
    assert (await administrator.delete(at)).json["sub"] == "leaving-1"
    assert (await administrator.delete(at)).code == "source-client-unknown"
    refused = await old.post("/v1/imports/people", data=b"{}", headers=NDJSON)
    assert (refused.status, refused.code) == (403, "source-system-not-bound")
    assert [each["pointer"] for each in refused.json["errors"]] == ["/query/system"]
    assert (await old.post("/v1/people", json=person())).code == "source-system-not-bound"
    assert (await load(new, about))["unchanged"] == 1


async def test_a_client_of_a_system_sees_whom_another_one_recorded(registry, token):
    """Also before the first post, where nobody's units say whose the record is."""
    east = await source_client(registry, token, "east-1", "eastern", units=("SL-E",))
    again = await source_client(registry, token, "east-2", "eastern", units=("SL-E",))
    other = await source_client(registry, token, "east-3", "other", units=("SL-E",))
    new = await made(east, "/v1/people", person(external_id=None))
    at = f"/v1/people/{new['person_id']}"
    assert ((await again.get(at)).status, (await other.get(at)).status) == (200, 404)
    line = {"external_id": "seen-1", "person_id": new["person_id"], "unit_code": "E1A"}
    line |= {"role_code": "facility-manager", "valid_from": "2025-01-01"}
    assert [each["code"] for each in (await load(other, line, kind="posts"))["rejected"]] == [
        "person-unknown"
    ]
    assert (await load(again, line, kind="posts"))["created"] == 1


async def test_identifiers_are_shown_to_clients_of_their_system_alone(registry, token):
    one = await source_client(registry, token, "shown-1", "shown")
    two = await source_client(registry, token, "shown-2", "shown", "beside")
    about = person()
    person_id, held = await hired(one, "E1A", about, external_id="shown-post")
    value = about["external_id"]
    for client in (one, two):
        found = (await client.get(f"/v1/people/{person_id}")).json
        assert (found["external_id"], found["identifiers"]) == (value, [{"system": "shown", "value": value}])
        assert found["posts"][0]["identifiers"] == [{"system": "shown", "value": "shown-post"}]
    for kind, id_, name in (("people", person_id, value), ("posts", held, "shown-post")):
        found = (await registry.get(f"/v1/{kind}/{id_}")).json
        assert (found["external_id"], found["identifiers"]) == (None, [])
        where = {"external_id": name}
        for client, system, number in ((two, "shown", 1), (two, "beside", 0), (registry, "shown", 0)):
            listed = await client.get(f"/v1/{kind}", params=where | {"system": system})
            assert len(listed.json["items"]) == number
    assert (await two.get("/v1/me")).json["source_systems"] == ["beside", "shown"]


async def test_a_client_of_several_systems_says_as_which_it_writes(registry, token):
    client = await source_client(registry, token, "several", "several-a", "several-b")
    about = person()
    for path, body in (
        ("/v1/people", {"json": about}),
        ("/v1/imports/people", {"data": b"", "headers": NDJSON}),
    ):
        refused = await client.post(path, **body)
        assert (refused.status, refused.code) == (422, "source-system-required")
    made_as = [
        (await client.post(f"/v1/people?system={code}", json=about)).json["person_id"]
        for code in ("several-a", "several-b")
    ]
    assert len(set(made_as)) == 2, "each system has external ids of its own"
    refused = await client.post("/v1/people?system=several-a", json=about)
    assert (refused.status, refused.code) == (409, "external-id-taken")
    new = await client.post("/v1/people", json=person(external_id=None))
    assert (new.status, (await client.get(f"/v1/people/{new.json['person_id']}")).status) == (201, 200)


async def test_two_clients_of_a_system_at_once_make_everybody_once(registry, token):
    clients = [await source_client(registry, token, f"at-once-{n}", "at-once") for n in range(2)]
    lines = [person(external_id=f"once-{n}") for n in range(400)]
    reports = await asyncio.gather(*(load(client, *lines) for client in clients * 2))
    assert sorted(report["created"] for report in reports) == [0, 0, 0, 400]
    assert [report["rejected_count"] for report in reports] == [0] * 4
    about = person()
    answers = await asyncio.gather(*(client.post("/v1/people", json=about) for client in clients * 3))
    assert [each.code for each in answers if each.status != 201] == ["external-id-taken"] * 5
    held = post((await clients[0].get(f"/v1/people?external_id={about['external_id']}")).json["items"][0]
                ["person_id"], "E1A", external_id="once-post")  # fmt: skip
    answers = await asyncio.gather(*(client.post("/v1/posts", json=held) for client in clients * 3))
    assert sorted(each.status for each in answers) == [201, *[409] * 5]
