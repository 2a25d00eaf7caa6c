"""The faces that are no files: SCIM and FHIR, called by the client's `send`."""

from datetime import date
from typing import Any

from steward_client import Client
from tests.hris.books import Staff
from tests.registry.scim.builders import CORE, HEALTH, USERS, patch

SYSTEM = "hrms"
IDENTIFIER = f"urn:steward:source-system:{SYSTEM}"
POSTS = f"{HEALTH}:posts"


def named(number: str) -> dict[str, str]:
    """The search for a user by their number."""
    return {"filter": f'externalId eq "{number}"'}


def _held(person: Staff) -> dict[str, Any]:
    term = person.term
    return {"facilityCode": term.unit, "roleCode": term.role, "start": term.since.isoformat()}


async def scim_hire(client: Client, person: Staff) -> None:
    """A user with a post."""
    about = {"cadre": person.cadre, "sex": person.sex, "birthYear": str(person.birth_year)}
    user = {
        "schemas": [CORE, HEALTH],
        "userName": f"{person.number}@example.org",
        "externalId": person.number,
        "name": {"familyName": person.family, "givenName": person.given},
        HEALTH: {**about, "posts": [_held(person)]},
    }
    await client.send("POST", USERS, json=user, content_type="application/scim+json")


async def _change(client: Client, person: Staff, operation: dict[str, Any]) -> None:
    (user,) = (await client.send("GET", USERS, query=named(person.number))).json["Resources"]
    path = f"{USERS}/{user['id']}"
    await client.send("PATCH", path, json=patch(operation), content_type="application/scim+json")


async def scim_transfer(client: Client, person: Staff) -> None:
    """The posts of today are those of the books."""
    await _change(client, person, {"op": "replace", "path": POSTS, "value": [_held(person)]})


async def scim_leave(client: Client, person: Staff) -> None:
    """As identity systems switch an account off."""
    await _change(client, person, {"op": "Replace", "path": "active", "value": "False"})


async def fhir_hire(client: Client, person: Staff, day: date) -> None:
    """A practitioner and a role, in one transaction."""
    term, fhir = person.term, "application/fhir+json"
    practitioner = {
        "resourceType": "Practitioner",
        "identifier": [{"system": IDENTIFIER, "value": person.number}],
        "name": [{"family": person.family, "given": [person.given]}],
        "gender": person.sex,
        "qualification": [{"code": {"text": person.cadre}}],
    }
    role = {
        "resourceType": "PractitionerRole",
        "identifier": [{"system": IDENTIFIER, "value": term.key}],
        "practitioner": {"reference": "urn:uuid:9f6d2c9e-0001-4000-8000-000000000002"},
        "location": [{"reference": f"Location/{term.unit}"}],
        "code": [{"coding": [{"system": "urn:steward:role", "code": term.role}]}],
        "period": {"start": day.isoformat()},
    }
    entries = [
        ("urn:uuid:9f6d2c9e-0001-4000-8000-000000000002", "Practitioner", practitioner, person.number),
        ("urn:uuid:9f6d2c9e-0001-4000-8000-000000000003", "PractitionerRole", role, term.key),
    ]
    bundle = {
        "resourceType": "Bundle",
        "type": "transaction",
        "entry": [
            {
                "fullUrl": url,
                "request": {"method": "PUT", "url": f"{kind}?identifier={IDENTIFIER}|{value}"},
                "resource": resource,
            }
            for url, kind, resource, value in entries
        ],
    }
    await client.send("POST", "/fhir/r4", json=bundle, content_type=fhir)


async def found_by_scim(client: Client, number: str) -> dict[str, Any]:
    """The user of a number."""
    (user,) = (await client.send("GET", USERS, query=named(number))).json["Resources"]
    return dict(user)


async def count_by_fhir(client: Client, kind: str, **query: str) -> int:
    """How many resources there are."""
    answer = await client.send("GET", f"/fhir/r4/{kind}", query={**query, "_summary": "count"})
    return int(answer.json["total"])
