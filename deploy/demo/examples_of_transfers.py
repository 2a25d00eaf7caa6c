"""People who go to another region and who came from one, for the API page to let go, to take and to send back."""

from datetime import date
from typing import Any
from uuid import uuid4

from deploy.demo.api import Api
from deploy.demo.examples_of_units import HRIS, MARK
from steward_client import models

ORIGIN = "south"
GOING = f"{MARK}61"


async def prepare(api: Api, facility: str, person: str, today: date) -> dict[str, dict[str, Any]]:
    """Somebody who can go, and two who came to `facility`, brought by another sign-in than the page's.

    `person` is who looks at what they brought themselves: nothing, since they were always here.
    """
    hris = api.acting(HRIS)
    await hris.post_imports_people(
        [{"external_id": GOING, "family_name": f"Going {GOING}", "cadre": "Nurse"}]
    )
    (going,) = (await hris.get_people(external_id=GOING))["items"]
    own = {"parameters": {"person_id": person}}
    found: dict[str, dict[str, Any]] = {
        "GET /v1/people-scores/{person_id}/carried": own,
        "GET /v1/plans/carried/{person_id}": own,
        "POST /v1/people/{person_id}/transfers": {"parameters": {"person_id": going["person_id"]}},
        "POST /v1/arrivals": {"body": _coming(facility, today)},
    }
    for decision in ("accept", "decline"):
        came = await hris.post_arrivals(_coming(facility, today))
        one = {"parameters": {"origin": came["origin"], "transfer_id": came["transfer_id"]}}
        found[f"POST /v1/arrivals/{{origin}}/{{transfer_id}}/{decision}"] = one
    return found


def _coming(facility: str, today: date) -> models.ArrivalToReceive:
    """Somebody who brings no results and no plans."""
    return {
        "origin": ORIGIN,
        "transfer_id": str(uuid4()),
        "moved_on": today.isoformat(),
        "unit_code": facility,
        "role_code": "facility-manager",
        "record": {"family_name": "Moving", "cadre": "Nurse"},
        "results": [],
        "plans": [],
    }
