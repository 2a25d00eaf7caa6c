"""Results that people brought from other regions, over HTTP."""

from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel

from services.assessment.carried_results import queries
from shared.directory.authorization import person_access
from shared.http import Caller, CommandRoute, Paging, Reads

router = APIRouter(prefix="/v1", route_class=CommandRoute, tags=["assessments"])


class CarriedResult(BaseModel):
    """A result as the region `origin` showed it, in hundredths by competency; it counts in no figure here."""

    carried_id: UUID
    origin: str
    transfer_id: UUID
    person_id: UUID
    framework_code: str
    framework_version: int
    level: str
    role_code: str
    period: str
    completed_at: datetime
    scores: list[int | None]
    targets: list[int | None]
    gaps: list[int | None]


class CarriedResults(BaseModel):
    """A page of results that a person brought."""

    items: list[CarriedResult]
    next: str | None


@router.get("/people-scores/{person_id}/carried", summary="Results from other regions")
async def carried(session: Reads, caller: Caller, paging: Paging, person_id: UUID) -> CarriedResults:
    """What the person brought from other regions, oldest first: scores without answers, raters and groups."""
    await person_access(session, caller, "result.read", person_id)
    found: dict[str, Any] = await queries.of_person(session, person_id, paging)
    return CarriedResults.model_validate(found)
