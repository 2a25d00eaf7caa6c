"""Two records that may be of one person, for the API page to look at and decide about."""

from typing import Any

from deploy.demo.api import Api, Json
from deploy.demo.examples_of_units import HRIS, MARK

REVIEWS = "/v1/match-reviews"


async def prepare(api: Api) -> dict[str, dict[str, Any]]:
    """Record somebody twice, and wait until registry has seen that."""
    for number, name in ((21, "Tryout"), (22, "Tryoutt")):
        await api.post("/v1/people", _person(f"{MARK}{number}", name), who=HRIS)
    found = await api.until("a pair of records", lambda: _pair(api), bool)
    one = {"parameters": {"review_id": found["review_id"]}}
    path = f"{REVIEWS}/{{review_id}}"
    return {f"GET {path}": one, f"POST {path}/decide": one}


def _person(key: str, name: str) -> Json:
    return {
        "external_id": key, "family_name": name, "given_name": "Example", "sex": "female", "birth_year": 1984,
        "cadre": "Nurse",
    }  # fmt: skip


async def _pair(api: Api) -> Json:
    """The pair of both, or nothing yet."""
    open_ones = [item async for item in api.pages(REVIEWS, who=HRIS, state="open")]
    return next((item for item in open_ones if item["first"]["family_name"].startswith("Tryout")), {})
