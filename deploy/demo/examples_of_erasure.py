"""People who have left, for the API page to erase, to hold and to leave in peace."""

from datetime import date
from typing import Any

from deploy.demo.api import Api
from deploy.demo.examples_of_units import HRIS, MARK
from steward_client import Client

_ALL = ("erase", "confirm", "withdraw", "hold", "release")


async def prepare(api: Api, today: date) -> dict[str, dict[str, Any]]:
    """Record one for each operation. Another sign-in than the page's asks for what the page confirms."""
    keys = {name: f"{MARK}{number}" for number, name in enumerate(_ALL, 51)}
    hris = api.acting(HRIS)
    await hris.post_imports_people(
        [{"external_id": key, "family_name": f"Left {key}", "cadre": "Nurse"} for key in keys.values()]
    )
    await hris.post_imports_leavers(
        [{"external_id": key, "on": today.isoformat(), "reason": "resigned"} for key in keys.values()]
    )
    ids = {name: await _id_of(hris, key) for name, key in keys.items()}
    await hris.post_people_by_person_id_hold(ids["release"], {"reason": "litigation"})
    found = {
        "POST /v1/people/{person_id}/erase": _person(ids["erase"]),
        "POST /v1/people/{person_id}/hold": _person(ids["hold"]),
        "POST /v1/people/{person_id}/release-hold": _person(ids["release"]),
    }
    for name in ("confirm", "withdraw"):
        asked = await hris.post_people_by_person_id_erase(ids[name])
        one = {"parameters": {"erasure_id": asked["erasure_id"]}}
        found[f"POST /v1/erasures/{{erasure_id}}/{name}"] = one
    return found


async def _id_of(hris: Client, key: str) -> str:
    (found,) = (await hris.get_people(external_id=key))["items"]
    return found["person_id"]


def _person(person: str) -> dict[str, Any]:
    return {"parameters": {"person_id": person}}
