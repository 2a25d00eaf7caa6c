"""Assessments, their raters and results over HTTP."""

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

import orjson
from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from services.assessment.raters.commands import raters as commands
from services.assessment.raters.queries.colleagues import nameable
from services.assessment.results.queries import assessments as queries
from shared.http import Caller, CommandRoute, Paging, Reads, Writes, etag
from shared.http.strict_types import Code, PeriodQuery

router = APIRouter(prefix="/v1", route_class=CommandRoute, tags=["assessments"])

State = Literal["open", "completed", "not-measured", "expired", "withdrawn"]


class Assessment(BaseModel):
    """One post in one cycle, or a follow-up of it. It shows no figures before it is completed.

    `not-measured`: it ended with too few answers to score any competency, so it has no result and no
    plan, and counts nowhere. `expired`: its cycle closed without the manager's or three other responses.
    """

    assessment_id: UUID
    kind: Literal["cycle", "follow-up"]
    cycle_id: UUID | None
    plan_id: UUID | None
    follow_up_days: int | None
    person_id: UUID
    post_id: UUID
    unit_code: str
    role_code: str
    level: str
    framework_code: str
    framework_version: int
    due_on: date
    state: State
    version: int
    opened_at: datetime
    ended_at: datetime | None


class Assessments(BaseModel):
    """A page of assessments."""

    items: list[Assessment]
    next: str | None


class Rater(BaseModel):
    """One more rater and the relation to the assessed person."""

    model_config = ConfigDict(extra="forbid")

    person_id: UUID
    category: Literal["manager", "peer", "report", "partner"]


class Raters(BaseModel):
    """Raters to invite by hand."""

    model_config = ConfigDict(extra="forbid")

    raters: list[Rater] = Field(min_length=1, max_length=40)


class Invited(BaseModel):
    """How many of the named raters were newly invited; all of them for who may not know who was asked."""

    invited: int


@router.get("/assessments", summary="Assessments that you may see")
async def listing(
    session: Reads, caller: Caller, paging: Paging, cycle: UUID | None = None, person: UUID | None = None,
    unit: Code | None = None, state: State | None = None,
    period: PeriodQuery | None = None,
) -> Assessments:  # fmt: skip
    """Your own, your team's and, by role, those inside your units; `period` is that of completion."""
    filters = {"cycle_id": cycle, "person_id": person, "unit_code": unit, "state": state}
    return Assessments.model_validate(await queries.listing(session, caller, paging, filters, period))


@router.get("/assessments/{assessment_id}", summary="One assessment")
async def one(session: Reads, caller: Caller, assessment_id: UUID, response: Response) -> Assessment:
    """State and due date; the result is a resource of its own."""
    row = await queries.one(session, caller, assessment_id)
    response.headers["ETag"] = etag(row["version"])
    return Assessment.model_validate(row)


@router.get("/assessments/{assessment_id}/raters", response_class=Response, summary="Who was asked")
async def raters(session: Reads, caller: Caller, assessment_id: UUID) -> Response:
    """Numbers by relation; the requests themselves only for who oversees the unit."""
    return _json(await queries.raters(session, caller, assessment_id))


@router.post("/assessments/{assessment_id}/raters", status_code=201, summary="Invite more raters")
async def invite(session: Writes, caller: Caller, assessment_id: UUID, raters: Raters) -> Invited:
    """By the subject, their manager or a programme manager; only the last may name a manager.

    Named can be who works inside your units, and colleagues of the subject. The subject and the manager name
    partners from anywhere; whether these are there, and who was asked before, they are not told.
    """
    row = await queries.one(session, caller, assessment_id, "raters.invite")
    if any(item.category == "manager" for item in raters.raters):
        await queries.require_naming_managers(session, caller, row)
    invitations = [commands.Invitation(item.person_id, item.category) for item in raters.raters]
    sees = await queries.sees_raters(session, caller, row)
    named = await nameable(session, caller, row, invitations, partners_anywhere=not sees)
    invited = await commands.invite(session, assessment_id, invitations, named)
    return Invited(invited=invited if sees else len({item.person_id for item in invitations}))


@router.get(
    "/assessments/{assessment_id}/result", response_class=Response, summary="Scores, gaps and priorities"
)
async def outcome(session: Reads, caller: Caller, assessment_id: UUID) -> Response:
    """Scores, targets and gaps in hundredths: 301 is 3.01 on the scale of 1 to 5.

    Groups of fewer than three raters are merged or left out.
    """
    found = await queries.outcome(session, caller, assessment_id)
    return _json(found, {"ETag": etag(1)})  # a result is written once


@router.get("/people-scores/{person_id}", response_class=Response, summary="A person's scores over time")
async def history(session: Reads, caller: Caller, paging: Paging, person_id: UUID) -> Response:
    """Every completed assessment, oldest first, each with its change and whether it exceeds chance.

    Only scores from the same items are compared; `not_comparable` names the other competencies and why.
    Scores, targets, gaps and changes are hundredths: 301 is 3.01 on the scale of 1 to 5.
    """
    return _json(await queries.history(session, caller, person_id, paging))


def _json(value: Any, headers: dict[str, str] | None = None) -> Response:
    # Column names are a subclass of str, which orjson takes as a key only with this option.
    body = orjson.dumps(value, default=str, option=orjson.OPT_NON_STR_KEYS)
    return Response(body, headers=headers, media_type="application/json")
