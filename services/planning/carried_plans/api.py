"""Plans that people brought from other regions, over HTTP."""

from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from services.planning.carried_plans import queries
from shared.directory.authorization import person_access
from shared.http import Caller, CommandRoute, Paging, Reads

router = APIRouter(prefix="/v1", route_class=CommandRoute, tags=["plans"])

_PLAN: dict[str, Any] = {
    "carried_id": "019a1c61-0000-7000-8000-000000000011", "origin": "north",
    "transfer_id": "019a1c60-0000-7000-8000-000000000007", "person_id": "019a1c5e-7b2d-7f60-9182-73645a6b7c8d",
    "proposed_at": "2026-09-14T09:30:00Z",
    "plan": {
        "state": "agreed", "level": "I", "competencies": ["QM"], "assessed_at": "2026-09-14T09:30:00Z",
        "proposed_at": "2026-09-14T09:30:00Z", "activities": [], "outcome": None,
        "agreed_at": "2026-09-20T09:30:00Z", "closed_at": None,
    },
}  # fmt: skip


class CarriedPlan(BaseModel):
    """A plan as the region `origin` showed it on the day of the transfer; it counts in no figure here."""

    model_config = ConfigDict(json_schema_extra={"examples": [_PLAN]})

    carried_id: UUID
    origin: str
    transfer_id: UUID
    person_id: UUID
    proposed_at: datetime
    plan: dict[str, Any]


class CarriedPlans(BaseModel):
    """A page of plans that a person brought."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_PLAN], "next": None}]})

    items: list[CarriedPlan]
    next: str | None


@router.get("/plans/carried/{person_id}", summary="Plans from other regions")
async def carried(session: Reads, caller: Caller, paging: Paging, person_id: UUID) -> CarriedPlans:
    """What the person brought from other regions, oldest first."""
    await person_access(session, caller, "plan.read", person_id)
    return CarriedPlans.model_validate(await queries.of_person(session, person_id, paging))
