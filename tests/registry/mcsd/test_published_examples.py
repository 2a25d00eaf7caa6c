"""The examples that IHE publishes with mCSD load as a whole and come back equal, and load again without a change.

What cannot be equal are ids of people and posts: those are Steward's own, and what was sent is an identifier.
"""

from typing import Any

import pytest

from tests.registry.mcsd.asking import FHIR, found, outcome, page
from tests.registry.mcsd.published import (
    AREA,
    BESIDE,
    BUNDLE,
    ENDPOINTS,
    FACILITY,
    LOCATIONS,
    OF_FACILITY,
    PRACTITIONER,
    RESOURCES,
    ROLE,
    SERVICE,
)
from tests.served import Client
from tests.servers import wait_for

pytestmark = pytest.mark.asyncio(loop_scope="module")
JSON = {"Content-Type": "application/fhir+json"}
ROOT = {name: value for name, value in LOCATIONS[0].items() if name != "managingOrganization"}
OWN = "urn:steward:source-system:local"


async def load(client: Client, resource: dict[str, Any], path: str = "") -> list[tuple[str, str]]:
    """Status and place of what became of a bundle."""
    done = await client.call("POST", f"{FHIR}{path}", json=resource, headers=JSON)
    assert done.status == 200, done.json
    return [(each["response"]["status"][:3], each["response"]["location"]) for each in done.json["entry"]]


def without_id(resource: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in resource.items() if name != "id"}


async def test_the_bundle_comes_back_equal(empty, token):
    client = empty.using(token("hris", units=(AREA,)))
    assert (
        await client.put(f"{FHIR}/Location/{AREA}", json=ROOT, headers=JSON)
    ).status == 201  # its roles have one
    role = {"level": "B", "setting": "facility", "name": {"en": "Nurse"}}
    assert (await client.put("/v1/roles/nurse", json=role)).status == 201
    first = await load(client, BUNDLE)
    assert [at.split("/")[1] for status, at in first if status != "201"] == [AREA]
    second = await load(client, BUNDLE)  # the practitioner has another version since the role began
    assert [at.split("/")[:2] for _, at in second] == [at.split("/")[:2] for _, at in first]
    assert await load(client, BUNDLE) == second, "the same changes nothing"
    ids = {}
    for resource, (_, at) in zip(RESOURCES, first, strict=True):
        kind, id_, _, _ = at.split("/")
        ids[f"{kind}/{resource['id']}"] = f"{kind}/{id_}"
        shown = (await client.get(f"{FHIR}/{kind}/{id_}")).json
        if kind not in ("Practitioner", "PractitionerRole"):
            assert id_ == resource["id"]
        wanted = without_id(resource)
        if kind == "PractitionerRole":
            wanted["practitioner"] = shown["practitioner"]
        if "meta" in wanted:
            assert shown["meta"]["security"] == wanted.pop("meta")["security"]
        assert {name: shown.get(name) for name in wanted} == wanted, at
    who = ids[f"Practitioner/{PRACTITIONER['id']}"]
    held = (await client.get(f"{FHIR}/{ids['PractitionerRole/' + ROLE['id']]}")).json
    assert held["practitioner"] == {"reference": who}
    assert {"system": OWN, "value": PRACTITIONER["id"]} in (await client.get(f"{FHIR}/{who}")).json[
        "identifier"
    ]
    post = (await client.get(f"/v1/posts/{held['id']}")).json
    assert post["unit_code"] == FACILITY


async def test_what_is_published_beside_it_too(empty, token):
    client = empty.using(token("hris", units=(AREA,)))
    for resource in BESIDE:
        at = f"{FHIR}/{resource['resourceType']}/{resource['id']}"
        created = await client.put(at, json=resource, headers=JSON)
        assert created.status == 201, created.json
        again = await client.put(at, json=resource, headers=JSON)
        assert (again.status, again.json["meta"]["versionId"]) == (200, "1")
        shown = (await client.get(at)).json
        assert {name: shown.get(name) for name in resource} == resource


async def test_they_are_found_and_come_with_one_another(empty, token):
    client = empty.using(token("hris", units=(AREA,)))
    ward, distance = BESIDE[0]["id"], BESIDE[1]["id"]
    assert await found(client, "Location", partof=FACILITY) == [ward]
    assert await found(client, "Location", near="-1.469|-78.817|1|km") == [distance]
    assert await found(client, "Location", type="RNEU,HOSP") == [FACILITY, ward, distance]
    assert await found(client, "Location", organization=OF_FACILITY) == [FACILITY]
    everywhere = await found(client, "Location")
    assert everywhere == [AREA, FACILITY, distance, ward] or set(everywhere) == {
        AREA,
        FACILITY,
        distance,
        ward,
    }
    assert await found(client, "HealthcareService", location=FACILITY, **{"service-type": "124"}) == [SERVICE]
    assert await found(client, "PractitionerRole", service=SERVICE) != []
    assert await found(client, "Endpoint", organization="ex-OrgA", status="active") == [
        "ex-endpointXCAquery",
        "ex-endpointXCAretrieve",
    ]
    _, others = await page(client, "Organization", _id="ex-OrgC", _include="Organization:endpoint")
    assert others == ["Endpoint/ex-endpointXCAquery"]
    _, others = await page(client, "HealthcareService", _id=SERVICE, _include="HealthcareService:location")
    assert others == [f"Location/{FACILITY}"]
    _, others = await page(client, "Organization", _id=OF_FACILITY, _revinclude="Location:organization")
    assert others == [f"Location/{FACILITY}"]


async def test_their_changes_are_in_the_histories(empty, token):
    client = empty.using(token("hris", units=(AREA,)))
    ward = BESIDE[0]
    at = f"{FHIR}/Location/{ward['id']}"
    changed = await client.put(at, json={**ward, "name": "Neurology"}, headers={**JSON, "If-Match": 'W/"1"'})
    assert (changed.status, changed.json["meta"]["versionId"]) == (200, "2"), changed.json
    stale = await client.put(at, json=ward, headers={**JSON, "If-Match": 'W/"1"'})
    assert outcome(stale) == (412, "stale-etag")
    assert (await client.get(f"{at}/_history/1")).json["name"] == ward["name"]
    assert [each["resource"]["name"] for each in (await client.get(f"{at}/_history")).json["entry"]] == [
        "Neurology",
        ward["name"],
    ]

    async def listed() -> list[str]:
        answer = (await client.get(f"{FHIR}/Location/_history?_count=200")).json
        every = [f"{each['request']['url']} {each['response']['etag']}" for each in answer.get("entry", [])]
        return every if every[:1] == [f'Location/{ward["id"]} W/"2"'] else []

    every = await wait_for(listed)
    assert len(every) == len(set(every)) > 4
    assert f'Location/{FACILITY} W/"1"' in every
    shown = (await client.get(f"{FHIR}/Endpoint/_history")).json["entry"]
    assert {each["resource"]["id"] for each in shown} == {each["id"] for each in ENDPOINTS}
