"""Reliability of the instrument in one cycle, over HTTP."""

from typing import Literal
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel

from services.assessment.reliability import queries
from shared.http import Caller, CommandRoute, Reads

router = APIRouter(prefix="/v1/cycles", route_class=CommandRoute, tags=["cycles"])

Level = Literal["B", "I", "A"]


class Consistency(BaseModel):
    """One competency: complete responses looked at and alpha in hundredths; null below 30 people."""

    code: str
    responses: int | None
    alpha: int | None


class Reliability(BaseModel):
    """Cronbach's alpha per competency for one level of a closed cycle."""

    cycle_id: UUID
    level: Level
    competencies: list[Consistency]


@router.get("/{cycle_id}/reliability", summary="How consistently the instrument measured")
async def reliability(session: Reads, caller: Caller, cycle_id: UUID, level: Level) -> Reliability:
    """Over the answers of managers, peers, reports and partners in a closed cycle of your units."""
    return Reliability.model_validate(await queries.reliability(session, caller, cycle_id, level))
