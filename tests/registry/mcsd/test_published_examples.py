"""The examples that IHE publishes with mCSD, of the resources that are taken, load and come back equal.

They are the instances of the profile's `example-mcsd.fsh`, in JSON. What cannot be equal: ids of people and posts
are Steward's own, `managingOrganization` is the Organization of the unit, and there are no HealthcareServices.
"""

from typing import Any

import pytest

from tests.registry.builders import made
from tests.registry.mcsd.asking import FHIR
from tests.served import Client

pytestmark = pytest.mark.asyncio(loop_scope="module")

PAIR = "https://profiles.ihe.net/ITI/mCSD/CodeSystem/IHE.mCSD.Organization.Location.Types"
TERMS = "http://terminology.hl7.org/CodeSystem"
AREA, FACILITY = "MCSDJurisdictionLocation-Example", "MCSDFacilityLocation-Example"


def concept(system: str, code: str) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code}]}


JURISDICTION = {
    "resourceType": "Location",
    "id": AREA,
    "status": "active",
    "name": AREA,
    "type": [concept(PAIR, "jurisdiction")],
    "physicalType": concept(f"{TERMS}/location-physical-type", "jdn"),
}
HOSPITAL = {
    "resourceType": "Location",
    "id": FACILITY,
    "status": "active",
    "name": FACILITY,
    "type": [concept(PAIR, "facility"), concept(f"{TERMS}/v3-RoleCode", "HOSP")],
    "physicalType": concept(f"{TERMS}/location-physical-type", "bu"),
    "partOf": {"reference": f"Location/{AREA}"},
}
WITH_DISTANCE = {
    **HOSPITAL,
    "id": "MCSDLocationDistance-Example",
    "name": "MCSDLocationDistance-Example",
    "position": {"latitude": -1.46929510804737, "longitude": -78.81700744576973},
}
SOMEBODY = {"resourceType": "Practitioner", "name": [{"text": "John Galt"}]}
NURSE = {
    "resourceType": "PractitionerRole",
    "code": [concept(f"{TERMS}/practitioner-role", "nurse")],
    "location": [{"reference": f"Location/{FACILITY}"}],
}


async def back(client: Client, method: str, path: str, resource: dict[str, Any]) -> str:
    """The id under which a resource was stored, once it came back equal; a second time it changes nothing."""
    headers = {"Content-Type": "application/fhir+json"}
    created = await client.call(method, f"{FHIR}/{path}", json=resource, headers=headers)
    assert created.status == 201, created.json
    id_ = str(created.json["id"])
    at = f"{FHIR}/{resource['resourceType']}/{id_}"
    again = await client.put(at, json=resource, headers=headers)
    assert (again.status, again.json["meta"]["versionId"]) == (200, created.json["meta"]["versionId"]), (
        again.json
    )
    for shown in (created.json, again.json, (await client.get(at)).json):
        assert {name: shown.get(name) for name in resource} == resource
    return id_


async def test_the_examples_come_back_equal(empty, token):
    client = empty.using(token("hris", units=(AREA,)))
    await back(client, "PUT", f"Location/{AREA}", JURISDICTION)
    await back(client, "PUT", f"Location/{FACILITY}", HOSPITAL)
    await back(client, "PUT", f"Location/{WITH_DISTANCE['id']}", WITH_DISTANCE)
    who = await back(client, "POST", "Practitioner", SOMEBODY)
    role = {"level": "B", "setting": "facility", "name": {"en": "Nurse"}}
    assert (await client.put("/v1/roles/nurse", json=role)).status == 201
    held = {**NURSE, "practitioner": {"reference": f"Practitioner/{who}"}}
    await back(client, "POST", "PractitionerRole", held)
    pair = (await client.get(f"{FHIR}/Organization/{FACILITY}")).json
    assert pair["partOf"] == {"reference": f"Organization/{AREA}"}
    assert await made(client, "/v1/people", {"family_name": "Galt"}) != {}
