"""Cycles over HTTP."""

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from services.assessment.cycles import queries
from services.assessment.cycles.commands import cycles as commands
from shared.directory import authorization
from shared.http import Caller, CommandRoute, Paging, Reads, Writes, check_if_match, etag
from shared.http.strict_types import Code, Day, Flag, Whole

RUN = "cycle.run"
router = APIRouter(prefix="/v1/cycles", route_class=CommandRoute, tags=["cycles"])


class CycleDraft(BaseModel):
    """A cycle to be: who is assessed, with which framework, when, by how many raters."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "unit_code": "N01",
                    "role_codes": ["facility-manager"],
                    "framework_code": "steward-core",
                    "framework_version": 1,
                    "starts_on": "2026-10-01",
                    "ends_on": "2026-11-15",
                }
            ]
        },
    )

    unit_code: Code = Field(description="Scope: this unit and all below it.")
    role_codes: list[Code] = Field(min_length=1, max_length=200)
    framework_code: Code
    framework_version: Whole = Field(ge=1, le=10_000)
    starts_on: Day
    ends_on: Day = Field(description="Last day on which raters may answer.")
    max_peers: Whole = Field(default=5, ge=0, le=20)
    max_reports: Whole = Field(default=5, ge=0, le=20)
    seed: Whole = Field(default=1, ge=0, le=2**31 - 1, description="The same seed picks the same raters.")
    overlapping: Flag = Field(
        default=False, description="Open it also while another cycle asks about one of its posts."
    )


class CycleChanges(BaseModel):
    """Changes to a draft; of an open cycle only `ends_on` can change."""

    model_config = ConfigDict(extra="forbid")

    role_codes: list[Code] | None = Field(default=None, min_length=1, max_length=200)
    starts_on: Day | None = None
    ends_on: Day | None = None
    max_peers: Whole | None = Field(default=None, ge=0, le=20)
    max_reports: Whole | None = Field(default=None, ge=0, le=20)
    overlapping: Flag | None = None


class Cycle(BaseModel):
    """A cycle. `settled_at`: everything in it is scored or expired; `published_at`: its figures are released."""

    cycle_id: UUID
    unit_code: str
    role_codes: list[str]
    framework_code: str
    framework_version: int
    starts_on: date
    ends_on: date
    max_peers: int
    max_reports: int
    seed: int
    overlapping: bool
    state: Literal["draft", "open", "closed"]
    version: int
    created_at: datetime
    opened_at: datetime | None
    closed_at: datetime | None
    settled_at: datetime | None
    published_at: datetime | None
    assessments: dict[str, int] | None = Field(
        default=None, description="How many, by state; for who reads the individuals."
    )
    invited: int | None = Field(default=None, description="Rater requests made at opening.")


class Cycles(BaseModel):
    """A page of cycles."""

    items: list[Cycle]
    next: str | None


@router.get("", summary="Cycles inside your units")
async def listing(
    session: Reads, caller: Caller, paging: Paging, state: Literal["draft", "open", "closed"] | None = None,
    unit: Code | None = None,
) -> Cycles:  # fmt: skip
    """Filter by state and scope unit."""
    return Cycles.model_validate(await queries.listing(session, caller, paging, state, unit))


@router.post("", status_code=201, summary="Draft a cycle")
async def create(session: Writes, caller: Caller, draft: CycleDraft, response: Response) -> Cycle:
    """Nobody is invited before it opens, by hand or on its first day."""
    await authorization.require_unit(session, caller, RUN, draft.unit_code)
    row = await commands.create(session, commands.Draft(**draft.model_dump()))
    response.headers["Location"] = f"/v1/cycles/{row['cycle_id']}"
    return _tagged(response, row)


@router.get("/{cycle_id}", summary="One cycle")
async def one(session: Reads, caller: Caller, cycle_id: UUID, response: Response) -> Cycle:
    """With the number of its assessments by state, for programme managers and HRIS."""
    return _tagged(response, await queries.one(session, caller, cycle_id))


@router.patch("/{cycle_id}", summary="Change a cycle")
async def change(
    session: Writes,
    caller: Caller,
    cycle_id: UUID,
    changes: CycleChanges,
    request: Request,
    response: Response,
) -> Cycle:
    """If-Match is needed. Fields left out stay as they are."""
    row = await _mine(session, caller, cycle_id)
    check_if_match(request, row["version"])
    given = {
        name: value for name, value in changes.model_dump(exclude_unset=True).items() if value is not None
    }
    return _tagged(response, await commands.change(session, row, given) if given else row)


@router.post("/{cycle_id}/open", summary="Open a cycle now")
async def open_(session: Writes, caller: Caller, cycle_id: UUID, response: Response) -> Cycle:
    """One assessment per primary post in scope with one of the roles; raters are invited.

    Refused while another open cycle asks about one of these posts, unless the draft is `overlapping`.
    """
    row = await commands.open_(session, await _mine(session, caller, cycle_id))
    assessments, requests = await commands.invited(session, cycle_id)
    return _tagged(response, {**row, "assessments": {"open": assessments}, "invited": requests})


@router.post("/{cycle_id}/close", summary="Close a cycle now")
async def close(session: Writes, caller: Caller, cycle_id: UUID, response: Response) -> Cycle:
    """No more responses; what has enough is scored and the rest expires, shortly after."""
    return _tagged(response, await commands.close(session, await _mine(session, caller, cycle_id)))


async def _mine(session: Writes, caller: Caller, cycle_id: UUID) -> Any:
    return await queries.stored(session, caller, RUN, cycle_id, lock=True)


def _tagged(response: Response, row: Any) -> Cycle:
    response.headers["ETag"] = etag(row["version"])
    return Cycle.model_validate(dict(row))
