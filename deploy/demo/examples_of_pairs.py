"""Records that may be of one person, for the API page to look at, to decide about, to merge and to part."""

from typing import Any

from deploy.demo.api import Api, Json
from deploy.demo.examples_of_units import HRIS, MARK

REVIEWS = "/v1/match-reviews"


async def prepare(api: Api) -> dict[str, dict[str, Any]]:
    """Record somebody twice, and wait until registry has seen that."""
    for number, name in ((21, "Tryout"), (22, "Tryoutt")):
        await _record(api, number, name)
    found = await api.until("a pair of records", lambda: _pair(api), bool)
    one = {"parameters": {"review_id": found["review_id"]}}
    path = f"{REVIEWS}/{{review_id}}"
    return {f"GET {path}": one, f"POST {path}/decide": one, **await _merges(api)}


async def _merges(api: Api) -> dict[str, dict[str, Any]]:
    """Two records to be merged, and two that are, to be looked at and parted."""
    apart, other, whole, part = [
        await _record(api, number, name)
        for number, name in ((23, "Apart"), (24, "Other"), (25, "Whole"), (26, "Partial"))
    ]
    path = "/v1/people/{person_id}"
    await api.change("POST", f"/v1/people/{whole}/merge", 1, {"merged_id": part}, who=HRIS)
    merged = {"parameters": {"person_id": whole}}
    return {
        f"POST {path}/merge": {"parameters": {"person_id": apart}, "body": {"merged_id": other}},
        f"GET {path}/merges": merged,
        f"POST {path}/unmerge": merged | {"body": {"merged_id": part}},
    }


async def _record(api: Api, number: int, name: str) -> str:
    made = await api.post("/v1/people", _person(f"{MARK}{number}", name), who=HRIS)
    return str(made["person_id"])


def _person(key: str, name: str) -> Json:
    return {
        "external_id": key, "family_name": name, "given_name": "Example", "sex": "female", "birth_year": 1984,
        "cadre": "Nurse",
    }  # fmt: skip


async def _pair(api: Api) -> Json:
    """The pair of both, or nothing yet."""
    open_ones = [item async for item in api.pages(REVIEWS, who=HRIS, state="open")]
    return next((item for item in open_ones if item["first"]["family_name"].startswith("Tryout")), {})
