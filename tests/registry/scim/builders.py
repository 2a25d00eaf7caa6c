"""What SCIM tests send, as plain functions with defaults."""

from itertools import count
from typing import Any

from tests.served import Answer, Client

USERS = "/scim/v2/Users"
CORE = "urn:ietf:params:scim:schemas:core:2.0:User"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
HEALTH = "urn:steward:scim:schemas:extension:health:1.0:User"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
_numbers = count(1)


def user(**values: Any) -> dict[str, Any]:
    """A nurse with a userName and an externalId of her own."""
    number = next(_numbers)
    known = {
        "schemas": [CORE, ENTERPRISE, HEALTH],
        "userName": f"a.kamara{number}@example.org",
        "externalId": f"scim-{number}",
        "name": {"familyName": "Kamara", "givenName": "Aminata"},
        HEALTH: {"cadre": "Nurse", "sex": "female", "birthYear": "1984"},
    }
    return known | values


def held(facility: str = "E1A", **values: Any) -> dict[str, Any]:
    """A post at a facility since 2025."""
    return {"facilityCode": facility, "roleCode": "facility-manager", "start": "2025-01-01"} | values


def patch(*operations: dict[str, Any]) -> dict[str, Any]:
    """The body of a PATCH."""
    return {"schemas": [PATCH], "Operations": list(operations)}


async def made(client: Client, **values: Any) -> dict[str, Any]:
    """A user who is recorded."""
    answer = await client.post(USERS, json=user(**values))
    assert answer.status == 201, answer.json
    return dict(answer.json)


async def changed(client: Client, user_id: str, *operations: dict[str, Any]) -> dict[str, Any]:
    """The user after a PATCH that must succeed."""
    answer = await client.patch(f"{USERS}/{user_id}", json=patch(*operations))
    assert answer.status == 200, answer.json
    return dict(answer.json)


async def found(client: Client, query: str, **params: str) -> list[dict[str, Any]]:
    """Users that a filter finds."""
    answer = await client.get(USERS, params={"filter": query, **params})
    assert answer.status == 200, answer.json
    assert answer.json["itemsPerPage"] == len(answer.json["Resources"])
    return list(answer.json["Resources"])


def refused(answer: Answer, status: int, kind: str | None, code: str) -> None:
    """An answer is an error of SCIM."""
    body = answer.json
    assert (answer.status, body["status"], body.get("scimType")) == (status, str(status), kind), body
    assert body["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"]
    assert code in body["detail"], body
    assert answer.headers["Content-Type"] == "application/scim+json"
