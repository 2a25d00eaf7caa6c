"""People and posts as Practitioner and PractitionerRole: found and shown by who may, and by nobody else."""

import pytest

from tests.registry.builders import hired, source_client, source_system
from tests.registry.mcsd.asking import FHIR, found, outcome, page
from tests.registry.mcsd.test_feed import location, practitioner, role, sent

pytestmark = pytest.mark.asyncio(loop_scope="module")
SYSTEM = "urn:steward:source-system:"


async def test_a_person_with_a_post(registry):
    about = {"family_name": "Wright", "given_name": "Zoë", "external_id": "z-1", "phone": "+232 76 000 001"}
    person_id, post_id = await hired(registry, "E1A", about)
    shown = (await registry.get(f"{FHIR}/Practitioner/{person_id}")).json
    assert shown["name"] == [{"use": "official", "text": "Zoë Wright", "family": "Wright", "given": ["Zoë"]}]
    assert shown["telecom"] == [{"system": "phone", "value": "+232 76 000 001"}]
    assert shown["identifier"] == [{"system": f"{SYSTEM}local", "value": "z-1"}]
    held = (await registry.get(f"{FHIR}/PractitionerRole/{post_id}")).json
    assert held["practitioner"] == {"reference": f"Practitioner/{person_id}"}
    assert (held["active"], held["period"]) == (True, {"start": "2025-01-01"})
    for params in (
        {"name": "zoe"}, {"name": "wri"}, {"given": "ZO"}, {"family": "wright"}, {"family:exact": "Wright"},
        {"name:contains": "oe wr"}, {"identifier": f"{SYSTEM}local|z-1"}, {"identifier": "z-1"},
        {"name": "zoe", "active": "true"},
    ):  # fmt: skip
        assert await found(registry, "Practitioner", **params) == [person_id], params
    for params in ({"family": "zoe"}, {"family:exact": "wright"}, {"name": "zoe", "active": "false"}):
        assert await found(registry, "Practitioner", **params) == [], params
    for params in (
        {"practitioner": f"Practitioner/{person_id}"}, {"practitioner": person_id, "active": "true"},
        {"location": "Location/E1A"}, {"organization": "E1A", "role": "facility-manager"},
    ):  # fmt: skip
        assert post_id in await found(registry, "PractitionerRole", **params), params
    for params in ({"service": "x"}, {"specialty": "x"}, {"practitioner": "x"}, {"role": "ward-manager"}):
        assert await found(registry, "PractitionerRole", **params) == [], params


async def test_who_comes_with_whom(registry):
    person_id, post_id = await hired(registry, "E1B")
    with_them = {"_id": post_id, "_include": "PractitionerRole:practitioner,PractitionerRole:location"}
    expected = [f"Practitioner/{person_id}", "Location/E1B"]
    assert await page(registry, "PractitionerRole", **with_them) == ([post_id], expected)
    held = {"_id": person_id, "_revinclude": "PractitionerRole:practitioner"}
    assert (await page(registry, "Practitioner", **held))[1] == [f"PractitionerRole/{post_id}"]


async def test_nobody_out_of_scope_is_found_counted_or_brought_along(registry, token):
    inside, held = await hired(registry, "SL-N", {"family_name": "Inner", "external_id": "in"})
    outside, other = await hired(registry, "E1A", {"family_name": "Outer", "external_id": "out"})
    north = registry.using(token("hris", units=("SL-N",), subject="north"))
    for params in ({"name": "out"}, {"identifier": "out"}, {"_id": outside}, {"_id": f"{outside},{inside}"}):
        assert outside not in await found(north, "Practitioner", **params)
    counted = (await north.get(f"{FHIR}/Practitioner?_summary=count")).json
    assert (counted["total"], "entry" in counted) == (1, False)
    assert (await north.get(f"{FHIR}/PractitionerRole?_total=accurate")).json["total"] == 1
    brought = {"_id": "E1A", "_revinclude": "PractitionerRole:location"}
    assert (await page(north, "Location", **brought)) == (["E1A"], [])
    own = {"_id": "SL-N", "_revinclude": "PractitionerRole:location"}
    assert (await page(north, "Location", **own))[1] == [f"PractitionerRole/{held}"]
    for path in (f"Practitioner/{outside}", f"PractitionerRole/{other}"):
        assert outcome(await north.get(f"{FHIR}/{path}")) == (404, "resource-unknown")


async def test_identifiers_are_shown_to_clients_of_their_system_alone(registry, token):
    person_id, _ = await hired(registry, "E1A", {"external_id": "secret"})
    other = await source_client(registry, token, "payroll", "payroll")
    manager = registry.using(token("programme-manager", units=("SL",)))
    for client in (other, manager):
        assert "identifier" not in (await client.get(f"{FHIR}/Practitioner/{person_id}")).json
        assert await found(client, "Practitioner", identifier="secret") == []
        assert b"secret" not in (await client.get(f"{FHIR}/Practitioner/{person_id}/_history")).body


@pytest.mark.parametrize("role", ["ops", "service"])
async def test_who_reads_no_people_reads_none_here(registry, token, role):
    client = registry.using(token(role, units=("SL",)))
    for path in ("Practitioner", "PractitionerRole", "Practitioner/x/_history/1", "Practitioner/_history"):
        assert outcome(await client.get(f"{FHIR}/{path}")) == (403, "role-missing")
    brought = {"_revinclude": "PractitionerRole:location"}
    assert outcome(await client.get(f"{FHIR}/Location", params=brought)) == (403, "role-missing")


async def test_a_leader_sees_self_and_team(registry, token, issuer):
    signs_in = {"subjects": [{"iss": issuer.name, "sub": "leads"}]}
    own, led = await hired(registry, "E1A", signs_in)
    team, _ = await hired(registry, "E1A", manager_post_id=led)
    await hired(registry, "E1A")
    leader = registry.using(token("leader", units=("SL",), subject="leads"))
    assert set(await found(leader, "Practitioner")) == {own, team}
    assert (await leader.get(f"{FHIR}/Practitioner?_summary=count")).json["total"] == 2


async def test_a_ministry_names_its_identifiers_itself(registry, token):
    uri = "https://facilities.health.example/id"
    client = await source_client(registry, token, "moh", "moh")
    administrator = registry.using(token("ops"))
    named = await administrator.patch("/v1/source-systems/moh", json={"uri": uri}, if_match='"1"')
    assert (named.status, named.json["uri"]) == (200, uri)
    again = await administrator.post("/v1/source-systems", json={**source_system("other-moh"), "uri": uri})
    assert (again.status, again.code) == (409, "source-system-exists")
    own = [{"system": uri, "value": "HF-1"}]
    made = await sent(client, "Location", {**location(), "identifier": own})
    assert made.status == 201, made.json
    assert own[0] in made.json["identifier"]
    assert await found(client, "Location", identifier=f"{uri}|HF-1") == [made.json["id"]]
    assert await found(client, "Location", identifier="urn:steward:source-system:moh|HF-1") == [
        made.json["id"]
    ]
    assert await found(client, "Location", identifier="moh|HF-1") == []
    who = await sent(client, "Practitioner", practitioner(identifier=[{"system": uri, "value": "N-1"}]))
    assert who.json["identifier"] == [{"system": uri, "value": "N-1"}]
    assert await found(client, "Practitioner", identifier=f"{uri}|N-1") == [who.json["id"]]
    assert await found(registry, "Practitioner", identifier=f"{uri}|N-1") == [], (
        "its clients alone find them so"
    )
    known = (await client.get(f"/v1/people/{who.json['id']}")).json
    assert known["identifiers"] == [{"system": "moh", "value": "N-1"}]
    strange = await sent(
        client, "Practitioner", practitioner(identifier=[{"system": f"{uri}/x", "value": "1"}])
    )
    assert outcome(strange) == (422, "source-system-unknown")


async def test_an_id_of_the_source_is_an_identifier_of_it(registry, token):
    client = await source_client(registry, token, "feeder", "feeder")
    held = role("Practitioner/nurse-7")
    first = await sent(client, "Practitioner/nurse-7", practitioner(id="nurse-7"), "PUT")
    assert first.status == 201, first.json
    post = await sent(client, "PractitionerRole/post-7", held, "PUT")
    assert (post.status, post.json["practitioner"]) == (
        201,
        {"reference": f"Practitioner/{first.json['id']}"},
    )
    for path, resource, made in (
        ("Practitioner/nurse-7", practitioner(id="nurse-7"), first), ("PractitionerRole/post-7", held, post),
    ):  # fmt: skip
        again = await sent(client, path, resource, "PUT")
        assert (again.status, again.json["id"]) == (200, made.json["id"])
    other = await source_client(registry, token, "feeder-2", "feeder-2")
    assert (await sent(other, "Practitioner/nurse-7", practitioner(), "PUT")).json["id"] != first.json["id"]
    two = await source_client(registry, token, "of-both", "feeder", "feeder-2")
    assert outcome(await sent(two, "Practitioner/nurse-7", practitioner(), "PUT")) == (
        404,
        "resource-unknown",
    )
