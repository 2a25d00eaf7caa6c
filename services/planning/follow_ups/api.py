"""Follow-ups over HTTP."""

from datetime import date, datetime
from enum import IntEnum
from typing import Any, Literal
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from services.planning.follow_ups import commands
from services.planning.plans import queries
from services.planning.plans.api import openapi_examples
from shared.http import Caller, CommandRoute, Paging, Reads, Writes, etag
from shared.http.strict_types import Whole

router = APIRouter(prefix="/v1/follow-ups", route_class=CommandRoute, tags=["follow-ups"])

State = Literal["pending", "due", "answered", "ended"]
Obstacle = Literal["none", "time", "staff", "supplies", "support", "authority", "not-relevant"]


class Days(IntEnum):
    """After how many days. In a query these are digits, which a Literal of numbers would not take."""

    CHECK_IN = 30
    FIRST_RE_RATING = 90
    SECOND_RE_RATING = 180


class FollowUp(BaseModel):
    """A follow-up of a plan: 30 days a check-in, 90 and 180 a re-rating."""

    model_config = ConfigDict(json_schema_extra={"examples": [openapi_examples.FOLLOW_UP]})

    follow_up_id: UUID
    plan_id: UUID
    person_id: UUID
    unit_code: str
    days: Literal[30, 90, 180]
    due_on: date
    state: State
    version: int
    applied: int | None
    obstacle: str | None
    answered_at: datetime | None


class FollowUps(BaseModel):
    """A page of follow-ups."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"items": [openapi_examples.FOLLOW_UP], "next": None}]}
    )

    items: list[FollowUp]
    next: str | None


class CheckIn(BaseModel):
    """What came of it after 30 days. Codes and no free text, so that nobody is named in it."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"applied": 4, "obstacle": "time"}]}
    )

    applied: Whole = Field(ge=1, le=5, description="1 not at all .. 5 every day")
    obstacle: Obstacle | None = Field(default=None, description="What stood most in the way.")


@router.get("", summary="Follow-ups that you may see")
async def listing(
    session: Reads,
    caller: Caller,
    paging: Paging,
    plan: UUID | None = None,
    person: UUID | None = None,
    state: State | None = None,
    days: Days | None = None,
) -> FollowUps:
    """Of your own plans, your team's, and by role those inside your units."""
    filters = {"plan_id": plan, "person_id": person, "state": state, "days": days}
    return FollowUps.model_validate(await queries.follow_ups(session, caller, paging, filters))


@router.get("/{follow_up_id}", summary="One follow-up")
async def one(session: Reads, caller: Caller, follow_up_id: UUID, response: Response) -> FollowUp:
    """With the check-in where it was given."""
    return _tagged(response, await queries.one_follow_up(session, caller, follow_up_id))


@router.post("/{follow_up_id}/answer", summary="Answer a 30-day check-in")
async def answer(
    session: Writes, caller: Caller, follow_up_id: UUID, given: CheckIn, response: Response
) -> FollowUp:
    """By the leader or the manager, once."""
    row = await queries.one_follow_up(session, caller, follow_up_id, "plan.change")
    return _tagged(response, await commands.answer(session, row, given.applied, given.obstacle))


def _tagged(response: Response, row: dict[str, Any]) -> FollowUp:
    response.headers["ETag"] = etag(row["version"])
    return FollowUp.model_validate(row)
