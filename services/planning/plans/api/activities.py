"""Activities of a plan over HTTP. Each step names what it wants, so it needs no If-Match."""

from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from services.planning.plans import queries
from services.planning.plans.api.models import Plan, tagged
from services.planning.plans.commands import activities as commands
from shared.http import Caller, CommandRoute, Writes
from shared.http.strict_types import Day, Whole

router = APIRouter(
    prefix="/v1/plans/{plan_id}/activities/{activity_id}", route_class=CommandRoute, tags=["plans"]
)


class Completion(BaseModel):
    """The hours really spent, and the day when it was not today."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"hours": 16}]})

    hours: Whole = Field(ge=1, le=2000)
    completed_on: Day | None = None


@router.post("/start", summary="Start an activity")
async def start(
    session: Writes, caller: Caller, plan_id: UUID, activity_id: UUID, response: Response
) -> Plan:
    """The first one makes the plan active."""
    row = await queries.to_change(session, caller, plan_id)
    return tagged(response, await commands.start(session, row, activity_id))


@router.post("/complete", summary="Complete an activity")
async def complete(
    session: Writes,
    caller: Caller,
    plan_id: UUID,
    activity_id: UUID,
    completion: Completion,
    response: Response,
) -> Plan:
    """Follow-ups are dated 30, 90 and 180 days on; the last activity finished closes the plan."""
    row = await queries.to_change(session, caller, plan_id)
    done = await commands.complete(session, row, activity_id, completion.hours, completion.completed_on)
    return tagged(response, done)


@router.post("/cancel", summary="Cancel an activity")
async def cancel(
    session: Writes, caller: Caller, plan_id: UUID, activity_id: UUID, response: Response
) -> Plan:
    """It stays on the plan and is not done."""
    row = await queries.to_change(session, caller, plan_id)
    return tagged(response, await commands.cancel(session, row, activity_id))
