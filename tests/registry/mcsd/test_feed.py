"""What data sources send: created, updated, found by identifier; as a whole in transactions; by who may alone."""

from typing import Any

import pytest

from tests.registry.builders import hired, made, person, source_client, unit
from tests.registry.mcsd.asking import FHIR, found, outcome
from tests.served import Answer, Client

pytestmark = pytest.mark.asyncio(loop_scope="module")
LOCAL = "urn:steward:source-system:local"
JSON = {"Content-Type": "application/fhir+json"}
PAIR = "https://profiles.ihe.net/ITI/mCSD/CodeSystem/IHE.mCSD.Organization.Location.Types"


def practitioner(value: str | None = None, **values: Any) -> dict[str, Any]:
    identified = {"identifier": [{"system": LOCAL, "value": value}]} if value else {}
    name = [{"use": "official", "family": "Kamara", "given": ["Aminata", "B."]}]
    return {"resourceType": "Practitioner", **identified, "name": name, "gender": "female", **values}


def role(who: str, **values: Any) -> dict[str, Any]:
    code = [{"coding": [{"system": "urn:steward:role", "code": "facility-manager"}]}]
    sent = {"resourceType": "PractitionerRole", "practitioner": {"reference": who}, "code": code}
    return {
        **sent,
        "organization": {"reference": "Organization/E1A"},
        "period": {"start": "2025-01-01"},
        **values,
    }


def location(value: str | None = None, **values: Any) -> dict[str, Any]:
    identified = {"identifier": [{"system": LOCAL, "value": value}]} if value else {}
    types = [{"coding": [{"system": PAIR, "code": "facility"}]}, {"text": "Clinic"}]
    sent = {"resourceType": "Location", **identified, "status": "active", "name": "Baama", "type": types}
    return {**sent, "partOf": {"reference": "Location/SL-E-1"}, **values}


async def sent(
    client: Client, path: str, resource: dict[str, Any], method: str = "POST", **options: Any
) -> Answer:
    headers = {**JSON, **options.pop("headers", {})}
    return await client.call(method, f"{FHIR}/{path}".rstrip("/"), json=resource, headers=headers, **options)


async def test_a_practitioner_is_created_found_updated_and_leaves(registry):
    created = await sent(registry, "Practitioner", practitioner("n-1", birthDate="1984-05-02"))
    assert created.status == 201, created.json
    id_ = created.json["id"]
    assert created.headers["Location"].endswith(f"{FHIR}/Practitioner/{id_}/_history/1")
    known = (await registry.get(f"/v1/people/{id_}")).json
    assert (known["family_name"], known["given_name"], known["birth_year"]) == ("Kamara", "Aminata B.", 1984)
    assert known["external_id"] == "n-1"
    at = f"Practitioner?identifier={LOCAL}|n-1"
    again = await sent(registry, at, practitioner("n-1", birthDate="1984-05-02"), "PUT")
    assert (again.status, again.json["meta"]["versionId"]) == (200, "1"), "the same changes nothing"
    assert again.json["birthDate"] == "1984", "the day of birth is not stored"
    changed = await sent(registry, at, practitioner("n-1", gender="other"), "PUT", if_match='W/"1"')
    assert (changed.json["gender"], changed.json["meta"]["versionId"]) == ("other", "2")
    assert (await registry.get(f"/v1/people/{id_}")).json["birth_year"] is None
    stale = await sent(registry, f"Practitioner/{id_}", practitioner(), "PUT", if_match='W/"1"')
    assert outcome(stale) == (412, "stale-etag")
    gone = await sent(registry, f"Practitioner/{id_}", practitioner(active=False), "PUT")
    assert (gone.json["active"], (await registry.get(f"/v1/people/{id_}")).json["active"]) == (False, False)
    other = await sent(registry, f"Practitioner/{id_}", practitioner(id="x"), "PUT")
    assert outcome(other) == (409, "id-differs")
    twice = await sent(registry, "Practitioner", practitioner("n-1"))
    assert outcome(twice) == (409, "external-id-taken")
    once = {"If-None-Exist": f"identifier={LOCAL}|n-1"}
    assert (await sent(registry, "Practitioner", practitioner("n-1"), headers=once)).json["id"] == id_


async def test_a_role_is_a_post_by_the_rules_of_posts(registry):
    who = (await sent(registry, "Practitioner", practitioner("n-2"))).json["id"]
    by_identifier = role(
        f"Practitioner?identifier={LOCAL}|n-2", identifier=[{"system": LOCAL, "value": "p-2"}]
    )
    created = await sent(registry, "PractitionerRole", by_identifier)
    assert created.status == 201, created.json
    id_ = created.json["id"]
    assert (await registry.get(f"/v1/posts/{id_}")).json["external_id"] == "p-2"
    ended = role(f"Practitioner/{who}", period={"start": "2025-01-01", "end": "2025-06-30"})
    shorter = await sent(registry, f"PractitionerRole/{id_}", ended, "PUT")
    assert (shorter.json["active"], shorter.json["period"]["end"]) == (False, "2025-06-30")
    for wrong, code in (
        (
            role(f"Practitioner/{who}", organization={"reference": "Organization/NOWHERE"}),
            "reference-unresolved",
        ),
        (role("Practitioner/00000000-0000-0000-0000-000000000000"), "reference-unresolved"),
        (role("Patient/1"), "reference-unresolved"),
        (role(f"Practitioner/{who}", code=[{"coding": [{"code": "no-such"}]}]), "role-unknown"),
        (role(f"Practitioner/{who}", period={"start": "2025-02-01", "end": "2025-01-01"}), "dates-wrong"),
    ):
        assert outcome(await sent(registry, "PractitionerRole", wrong)) == (422, code)
    late = role(f"Practitioner/{who}", period={"start": "2999-01-01"})
    assert outcome(await sent(registry, "PractitionerRole", late))[0] == 422


async def test_a_location_is_a_unit(registry):
    created = await sent(
        registry, "Location", location("m-1", position={"latitude": 8.1, "longitude": -11.2})
    )
    assert created.status == 201, created.json
    id_ = created.json["id"]
    known = (await registry.get(f"/v1/units/{id_}")).json
    assert (known["level"], known["type"], known["parent"], known["latitude"]) == (
        "facility",
        "Clinic",
        "SL-E-1",
        8.1,
    )
    assert known["identifiers"] == [{"system": "local", "value": "m-1"}]
    assert (await registry.get(f"{FHIR}/Organization/{id_}")).json["name"] == "Baama"
    at = f"Location?identifier={LOCAL}|m-1"
    moved = await sent(
        registry, at, location("m-1", partOf={"reference": "Location/SL-N"}, name="Baama CHC"), "PUT"
    )
    assert (moved.status, moved.json["partOf"]) == (200, {"reference": "Location/SL-N"})
    known = (await registry.get(f"/v1/units/{id_}")).json
    assert (known["name"], known["path"], known["latitude"]) == ("Baama CHC", ["SL", "SL-N", id_], None)
    closed = await sent(registry, at, location("m-1", status="inactive"), "PUT")
    assert (closed.json["status"], (await registry.get(f"/v1/units/{id_}")).json["closed_on"] is None) == (
        "inactive",
        False,
    )
    assert outcome(await sent(registry, at, location("m-1"), "PUT")) == (409, "unit-closed")
    assert outcome(await sent(registry, "Location", location())) == (422, "missing")
    own = {"resourceType": "Organization", "name": "Baama"}
    assert outcome(await sent(registry, f"Organization/{id_}", own, "PUT")) == (409, "resource-derived")
    assert outcome(await sent(registry, "Patient", {"resourceType": "Patient"})) == (
        404,
        "resource-type-not-fed",
    )


def entry(resource: dict[str, Any], url: str, full: str, method: str = "POST") -> dict[str, Any]:
    return {"fullUrl": full, "resource": resource, "request": {"method": method, "url": url}}


def bundle(kind: str, *entries: dict[str, Any]) -> dict[str, Any]:
    return {"resourceType": "Bundle", "type": kind, "entry": list(entries)}


def hiring(number: str, **values: Any) -> list[dict[str, Any]]:
    """A role, its practitioner and its place, in the wrong order."""
    held = role("urn:uuid:who", organization=None, location=[{"reference": "urn:uuid:where"}], **values)
    del held["organization"]
    return [
        entry(held, "PractitionerRole", "urn:uuid:held"),
        entry(practitioner(f"t-{number}"), "Practitioner", "urn:uuid:who"),
        entry(location(f"t-{number}"), f"Location?identifier={LOCAL}|t-{number}", "urn:uuid:where", "PUT"),
    ]


async def test_a_transaction_is_done_as_a_whole(registry):
    done = await sent(registry, "", bundle("transaction", *hiring("1")))
    assert done.status == 200, done.json
    answers = [each["response"] for each in done.json["entry"]]
    assert [each["status"] for each in answers] == ["201 Created"] * 3
    kinds = [each["location"].split("/")[0] for each in answers]
    assert kinds == ["PractitionerRole", "Practitioner", "Location"]
    held = answers[0]["location"].split("/")[1]
    who = answers[1]["location"].split("/")[1]
    assert (await registry.get(f"/v1/posts/{held}")).json["person_id"] == who


async def test_a_transaction_that_is_refused_leaves_nothing(registry):
    wrong = bundle("transaction", *hiring("2", code=[{"coding": [{"code": "no-such"}]}]))
    refused = await sent(registry, "", wrong)
    assert outcome(refused) == (422, "role-unknown")
    assert refused.json["issue"][0]["expression"] == ["Bundle.entry[0].resource.code"]
    assert await found(registry, "Practitioner", identifier="t-2") == []
    assert await found(registry, "Location", identifier="t-2") == []


async def test_of_a_batch_the_good_entries_stand(registry):
    good = entry(practitioner("b-1"), "Practitioner", "urn:uuid:1")
    wrong = entry(practitioner("b-1"), "Practitioner", "urn:uuid:2")
    deletion = {"request": {"method": "DELETE", "url": "Practitioner/1"}}
    done = await sent(registry, "", bundle("batch", good, wrong, deletion))
    statuses = [each["response"]["status"] for each in done.json["entry"]]
    assert statuses == ["201 Created", "409", "422"]
    issue = done.json["entry"][1]["response"]["outcome"]["issue"][0]
    assert issue["details"]["coding"][0]["code"] == "external-id-taken"
    assert len(await found(registry, "Practitioner", identifier="b-1")) == 1


async def test_who_may_not_write_writes_nothing(registry, token):
    await source_client(registry, token, "north-feed", "north", units=("SL-N",))
    north = registry.using(token("hris", units=("SL-N",), subject="north-feed"))
    person_id, post_id = await hired(registry, "E1A")
    mine = (await made(north, "/v1/people", person()))["person_id"]
    for path, resource, method, status in (
        (f"Practitioner/{person_id}", practitioner(), "PUT", 404),
        (f"PractitionerRole/{post_id}", role(f"Practitioner/{person_id}"), "PUT", 404),
        ("PractitionerRole", role(f"Practitioner/{person_id}"), "POST", 422),
        ("PractitionerRole", role(f"Practitioner/{mine}"), "POST", 403),
        ("Location/E1A", location(), "PUT", 403),
        ("Location", location("n-9"), "POST", 403),
        ("Practitioner", practitioner("n-9"), "POST", 403),  # of a system that it is not bound to
    ):
        refused = await sent(north, path, resource, method)
        assert outcome(refused)[0] == status, (path, refused.json)
    for who in (token("programme-manager", units=("SL",)), token("ops"), token("leader", units=("SL",))):
        for path, resource in (
            ("Practitioner", practitioner()),
            ("Location", location("n-9")),
            ("", bundle("batch")),
        ):
            assert outcome(await sent(registry.using(who), path, resource)) == (403, "role-missing")


async def test_a_repeat_under_a_key_is_answered_again(registry):
    first = await sent(registry, "Practitioner", practitioner("k-1"), key="once")
    second = await sent(registry, "Practitioner", practitioner("k-1"), key="once")
    assert (first.status, second.status, first.json["id"]) == (201, 201, second.json["id"])


async def test_what_says_more_comes_back_until_somebody_changes_it(registry):
    types = [
        {"coding": [{"system": PAIR, "code": "facility"}]},
        {"coding": [{"code": "HOSP"}], "text": "Clinic"},
    ]
    said = {"type": types, "alias": ["The clinic"], "address": {"city": "Bo"}}
    id_ = (await sent(registry, "Location", location("s-1", **said))).json["id"]
    shown = (await registry.get(f"{FHIR}/Location/{id_}")).json
    assert {name: shown[name] for name in said} == said
    assert await registry.patch(f"/v1/units/{id_}", json={"type": "Hospital"}, if_match='"2"')
    shown = (await registry.get(f"{FHIR}/Location/{id_}")).json
    assert (shown["type"][2]["text"], shown["alias"]) == ("Hospital", ["The clinic"])


async def test_an_interaction_that_there_is_not(registry):
    assert outcome(await registry.delete(f"{FHIR}/Practitioner/1")) == (405, "method-not-allowed")
    assert outcome(await registry.get(f"{FHIR}/Practitioner/1/x/y")) == (404, "route-unknown")
    assert (await made(registry, "/v1/units", unit())) != {}
