"""People who have left, for the API page to erase, to hold and to leave in peace."""

from datetime import date
from typing import Any

from deploy.demo.api import Api, Json
from deploy.demo.examples_of_units import HRIS, MARK

_ALL = ("erase", "confirm", "withdraw", "hold", "release")


async def prepare(api: Api, today: date) -> dict[str, dict[str, Any]]:
    """Record one for each operation. Another sign-in than the page's asks for what the page confirms."""
    keys = {name: f"{MARK}{number}" for number, name in enumerate(_ALL, 51)}
    names = [{"external_id": key, "family_name": f"Left {key}", "cadre": "Nurse"} for key in keys.values()]
    await api.lines("/v1/imports/people", names, who=HRIS)
    left = [{"external_id": key, "on": today.isoformat(), "reason": "resigned"} for key in keys.values()]
    await api.lines("/v1/imports/leavers", left, who=HRIS)
    ids = {name: await _id_of(api, key) for name, key in keys.items()}
    await api.post(f"/v1/people/{ids['release']}/hold", {"reason": "litigation"}, who=HRIS)
    found = {
        "POST /v1/people/{person_id}/erase": _person(ids["erase"]),
        "POST /v1/people/{person_id}/hold": _person(ids["hold"]),
        "POST /v1/people/{person_id}/release-hold": _person(ids["release"]),
    }
    for name in ("confirm", "withdraw"):
        asked: Json = await api.post(f"/v1/people/{ids[name]}/erase", who=HRIS)
        one = {"parameters": {"erasure_id": asked["erasure_id"]}}
        found[f"POST /v1/erasures/{{erasure_id}}/{name}"] = one
    return found


async def _id_of(api: Api, key: str) -> str:
    (found,) = (await api.get("/v1/people", who=HRIS, external_id=key))["items"]
    return str(found["person_id"])


def _person(person: str) -> dict[str, Any]:
    return {"parameters": {"person_id": person}}
