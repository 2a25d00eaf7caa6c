"""What registry tests send, as plain functions with defaults, and calls that read in domain words."""

from collections.abc import Callable
from itertools import count
from typing import Any

from shared.auth.caller import DEVELOPMENT_ISSUER
from tests.served import Client

_numbers = count(1)


def unit(code: str | None = None, **values: Any) -> dict[str, Any]:
    """A facility under SL-E unless told otherwise."""
    code = code or f"F{next(_numbers)}"
    known = {
        "unit_code": code,
        "name": f"Unit {code}",
        "type": "Clinic",
        "level": "facility",
        "parent": "SL-E",
    }
    return known | {"open_from": "2020-01-01"} | values


def person(**values: Any) -> dict[str, Any]:
    """A person with a fresh external id."""
    known = {"external_id": f"hr-{next(_numbers)}", "family_name": "Kamara", "given_name": "Aminata"}
    return known | {"sex": "female", "birth_year": 1984, "cadre": "Nurse"} | values


def post(person_id: str, unit_code: str, **values: Any) -> dict[str, Any]:
    """A facility manager's post since 2025."""
    known = {"person_id": person_id, "unit_code": unit_code, "role_code": "facility-manager"}
    return known | {"valid_from": "2025-01-01"} | values


async def plant(client: Client) -> None:
    """A country with two regions (SL-E, SL-N), one district (SL-E-1) and two facilities in it."""
    country = {"level": "country", "parent": None, "type": "Country"}
    await made(client, "/v1/units", unit("SL", **country))
    for code in ("SL-E", "SL-N"):
        await made(client, "/v1/units", unit(code, level="region", parent="SL", type="Region"))
    await made(client, "/v1/units", unit("SL-E-1", level="district", parent="SL-E", type="District"))
    for code in ("E1A", "E1B"):
        await made(client, "/v1/units", unit(code, parent="SL-E-1"))


async def made(client: Client, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """The answer to a POST that must succeed."""
    answer = await client.post(path, json=body)
    assert answer.status in (200, 201), answer.json
    return dict(answer.json) if answer.json else {}


async def hired(
    client: Client, unit_code: str, about: dict[str, Any] | None = None, **values: Any
) -> tuple[str, str]:
    """Ids of a new person and of their post at a unit."""
    new = await made(client, "/v1/people", person(**(about or {})))
    held = await made(client, "/v1/posts", post(new["person_id"], unit_code, **values))
    return new["person_id"], held["post_id"]


def source_system(code: str, **values: Any) -> dict[str, Any]:
    """A source system that sends everything."""
    known = {"code": code, "name": f"System {code}", "kind": "hris", "sends": ["people", "posts", "units"]}
    return known | values


async def source_client(
    client: Client, token: Callable[..., str], subject: str, *systems: str, units: tuple[str, ...] = ("SL",)
) -> Client:
    """HRIS with a sign-in of its own that writes as `systems`, by default as one of its own name.

    Those that are not there yet are registered.
    """
    administrator = client.using(token("ops"))
    for code in systems or (subject,):
        at = f"/v1/source-systems/{code}"
        if (await administrator.get(at)).status == 404:
            await made(administrator, "/v1/source-systems", source_system(code))
        await made(administrator, f"{at}/clients", {"iss": DEVELOPMENT_ISSUER, "sub": subject})
    return client.using(token("hris", units=units, subject=subject))


CSV = {"Content-Type": "text/csv"}
FACILITY_HEADER = "Country,Admin1,Facility name,Facility type,Ownership,Lat,Long\n"


async def load_list(client: Client, text: str | bytes, expected: int = 200, **params: str) -> Any:
    """The answer to a facility list."""
    data = text.encode() if isinstance(text, str) else text
    answer = await client.post("/v1/imports/facilities", data=data, headers=CSV, params=params)
    assert answer.status == expected, answer.json
    return answer.json


async def facilities(client: Client) -> dict[str, dict[str, Any]]:
    """All facilities by code."""
    found: dict[str, dict[str, Any]] = {}
    cursor = None
    while True:
        params = {"limit": "200", "level": "facility"} | ({"cursor": cursor} if cursor else {})
        page = (await client.get("/v1/units", params=params)).json
        found |= {each["unit_code"]: each for each in page["items"]}
        cursor = page["next"]
        if cursor is None:
            return found
