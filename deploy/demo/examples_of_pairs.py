"""Records that may be of one person, for the API page to look at, to decide about, to merge and to part."""

from typing import Any

from deploy.demo.api import Api
from deploy.demo.examples_of_units import HRIS, MARK
from steward_client import models

REVIEWS = "/v1/match-reviews"


async def prepare(api: Api) -> dict[str, dict[str, Any]]:
    """Record somebody twice, and wait until registry has seen that."""
    for number, name in ((21, "Tryout"), (22, "Tryoutt")):
        await _record(api, number, name)
    found = await api.until("a pair of records", lambda: _pair(api), bool)
    assert found is not None
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
    await api.acting(HRIS).post_people_by_person_id_merge(whole, {"merged_id": part}, if_match=1)
    merged = {"parameters": {"person_id": whole}}
    return {
        f"POST {path}/merge": {"parameters": {"person_id": apart}, "body": {"merged_id": other}},
        f"GET {path}/merges": merged,
        f"POST {path}/unmerge": merged | {"body": {"merged_id": part}},
    }


async def _record(api: Api, number: int, name: str) -> str:
    return (await api.acting(HRIS).post_people(_person(f"{MARK}{number}", name)))["person_id"]


def _person(key: str, name: str) -> models.PersonToCreate:
    return {
        "external_id": key, "family_name": name, "given_name": "Example", "sex": "female", "birth_year": 1984,
        "cadre": "Nurse",
    }  # fmt: skip


async def _pair(api: Api) -> models.MatchReview | None:
    """The pair of both, or nothing yet."""
    async for item in api.acting(HRIS).all_match_reviews(state="open"):
        if item["first"]["family_name"].startswith("Tryout"):
            return item
    return None
