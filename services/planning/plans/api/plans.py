"""Plans over HTTP."""

from typing import Literal, Self
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field, model_validator

from services.planning.catalogue.api.plan_limits import PlanLimits
from services.planning.catalogue.limits import Limits
from services.planning.plans import queries
from services.planning.plans.api import openapi_examples
from services.planning.plans.api.models import Plan, Plans, PlanState, tagged
from services.planning.plans.commands import plans as commands
from services.planning.plans.commands import proposing
from shared.http import Caller, CommandRoute, Paging, Reads, Writes, check_if_match
from shared.http.strict_types import Code, Day

router = APIRouter(prefix="/v1/plans", route_class=CommandRoute, tags=["plans"])


class PlannedChange(BaseModel):
    """One activity of the rearranged plan: a present one (`activity_id`) or one added (`intervention_code`)."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"intervention_code": "SD-01", "due_on": "2027-03-31"}]},
    )

    activity_id: UUID | None = None
    intervention_code: Code | None = None
    due_on: Day

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.activity_id is None) == (self.intervention_code is None):
            raise ValueError("give either activity_id or intervention_code")
        return self


class PlanChange(BaseModel):
    """The plan's activities as they shall be, in order; what is not named is taken out."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "activities": [
                        {"activity_id": openapi_examples.ACTIVITY["activity_id"], "due_on": "2027-02-15"},
                        {"intervention_code": "SD-01", "due_on": "2027-03-31"},
                    ]
                }
            ]
        },
    )

    activities: list[PlannedChange] = Field(max_length=20)


class PlanEnd(BaseModel):
    """How a plan ends by hand."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"outcome": "abandoned"}]})

    outcome: Literal["completed", "abandoned"]


class PlanCounts(BaseModel):
    """Plans inside a unit's subtree."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"unit_code": "N", "plans": {"proposed": 12, "active": 40}}]}
    )

    unit_code: str
    plans: dict[str, int] = Field(description="How many, by state.")


@router.get("", summary="Plans that you may see")
async def listing(
    session: Reads,
    caller: Caller,
    paging: Paging,
    person: UUID | None = None,
    unit: Code | None = None,
    state: PlanState | None = None,
    assessment: UUID | None = None,
) -> Plans:
    """Your own, your team's, and by role those of people inside your units; oldest first."""
    filters = {"person_id": person, "unit_code": unit, "state": state, "assessment_id": assessment}
    return Plans.model_validate(await queries.listing(session, caller, paging, filters))


@router.get("/counts", summary="How many plans a unit's subtree has")
async def counts(session: Reads, caller: Caller, unit: Code) -> PlanCounts:
    """By state. Roles programme-manager and hris, inside their units."""
    return PlanCounts(unit_code=unit, plans=await queries.counts(session, caller, unit))


@router.get("/{plan_id}", summary="One plan")
async def one(session: Reads, caller: Caller, plan_id: UUID, response: Response) -> Plan:
    """With its activities and the reason for each."""
    return tagged(response, await queries.one(session, caller, plan_id))


@router.patch("/{plan_id}", summary="Rearrange a proposed plan")
async def rearrange(
    session: Writes, caller: Caller, plan_id: UUID, change: PlanChange, request: Request, response: Response
) -> Plan:
    """If-Match is needed. Limits that the plan then goes beyond come back as `warnings`."""
    row = await queries.to_change(session, caller, plan_id)
    check_if_match(request, row["version"])
    wishes = [commands.Wish(**item.model_dump()) for item in change.activities]
    return tagged(response, await commands.rearrange(session, row, wishes))


@router.post("/{plan_id}/propose-again", summary="Propose a plan once more under other limits")
async def propose_again(
    session: Writes, caller: Caller, plan_id: UUID, limits: PlanLimits, request: Request, response: Response
) -> Plan:
    """From the same gaps, in place of the activities it had; programme managers only. If-Match is needed."""
    row = await queries.to_change(session, caller, plan_id, "plan.propose")
    check_if_match(request, row["version"])
    again = await proposing.propose_again(session, row, Limits(**limits.model_dump()))
    return tagged(response, again)


@router.post("/{plan_id}/agree", summary="Agree a plan")
async def agree(session: Writes, caller: Caller, plan_id: UUID, request: Request, response: Response) -> Plan:
    """By the leader, the manager or a programme manager; from now on activities are due. If-Match is needed."""
    row = await queries.to_change(session, caller, plan_id)
    check_if_match(request, row["version"])
    return tagged(response, await commands.agree(session, row))


@router.post("/{plan_id}/close", summary="Close a plan")
async def close(
    session: Writes, caller: Caller, plan_id: UUID, end: PlanEnd, request: Request, response: Response
) -> Plan:
    """A plan whose activities are all finished closes by itself. If-Match is needed."""
    row = await queries.to_change(session, caller, plan_id)
    check_if_match(request, row["version"])
    return tagged(response, await commands.close(session, row, end.outcome))
