"""Reactions and test results over HTTP."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from services.evaluation.intake.commands import answers as commands
from services.evaluation.kirkpatrick.queries import evaluations as queries
from shared.http import Caller, CommandRoute, Reads, Writes, check_if_match, etag
from shared.http.strict_types import Hundredths

router = APIRouter(prefix="/v1", route_class=CommandRoute, tags=["evaluation"])

Rating = Annotated[int, Field(ge=1, le=5, strict=True)]
_LIMITS: dict[str, Any] = {"minimum": 0, "maximum": 100}
Percent = Annotated[Hundredths, Field(ge=0, le=100, json_schema_extra=_LIMITS)]

ACTIVITY = "0b6f8b1e-5a43-4e0e-9a54-2f1f6f0f4c11"


class ReactionGiven(BaseModel):
    """What the participant says of an activity, each from 1 (not at all) to 5 (very)."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"activity_id": ACTIVITY, "relevance": 5, "usefulness": 4}]},
    )

    activity_id: UUID
    relevance: Rating
    usefulness: Rating


class Reaction(BaseModel):
    """A reaction; it cannot be changed."""

    reaction_id: UUID
    activity_id: UUID
    plan_id: UUID
    unit_code: str
    relevance: int
    usefulness: int
    given_at: datetime


class TestRecorded(BaseModel):
    """Test results of an activity in per cent, two decimals at most; at least one of the two."""

    __test__ = False
    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"activity_id": ACTIVITY, "pre_percent": 52.5, "post_percent": 81}]},
    )

    activity_id: UUID
    pre_percent: Percent | None = None
    post_percent: Percent | None = None


class TestChanged(BaseModel):
    """Fields left out stay as they are."""

    __test__ = False
    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"post_percent": 81}]})

    pre_percent: Percent | None = None
    post_percent: Percent | None = None


class LearningResult(BaseModel):
    """A test before and after an activity, in per cent; `gain` in points once both are known."""

    learning_result_id: UUID
    activity_id: UUID
    plan_id: UUID
    person_id: UUID
    unit_code: str
    pre_percent: float | None
    post_percent: float | None
    gain: float | None
    recorded_at: datetime


@router.post("/reactions", status_code=201, summary="React to an activity (level 1)")
async def react(session: Writes, caller: Caller, given: ReactionGiven, response: Response) -> Reaction:
    """By the person who completed the activity, once."""
    row = await commands.give_reaction(session, caller, given.activity_id, given.relevance, given.usefulness)
    response.headers["Location"] = f"/v1/reactions/{row['reaction_id']}"
    return _reaction(response, row)


@router.get("/reactions/{reaction_id}", summary="One reaction")
async def reaction(session: Reads, caller: Caller, reaction_id: UUID, response: Response) -> Reaction:
    """One's own, or of a person that one may see."""
    return _reaction(response, await queries.one_reaction(session, caller, reaction_id))


@router.post("/learning-results", status_code=201, summary="Record a test (level 2)")
async def record(
    session: Writes, caller: Caller, recorded: TestRecorded, response: Response
) -> LearningResult:
    """By programme managers and HRIS, for people inside their units."""
    test = commands.Test(_hundredths(recorded.pre_percent), _hundredths(recorded.post_percent))
    row = await commands.record_test(session, caller, recorded.activity_id, test)
    response.headers["Location"] = f"/v1/learning-results/{row['learning_result_id']}"
    return _result(response, row)


@router.get("/learning-results/{learning_result_id}", summary="One test result")
async def result(
    session: Reads, caller: Caller, learning_result_id: UUID, response: Response
) -> LearningResult:
    """One's own, or of a person that one may see."""
    return _result(response, await queries.one_learning_result(session, caller, learning_result_id))


@router.patch("/learning-results/{learning_result_id}", summary="Complete or correct a test result")
async def change(
    session: Writes,
    caller: Caller,
    learning_result_id: UUID,
    changed: TestChanged,
    request: Request,
    response: Response,
) -> LearningResult:
    """If-Match is needed: the test after the activity is often entered by somebody else."""
    row = await commands.test_to_change(session, caller, learning_result_id)
    check_if_match(request, row["version"])
    given = {name: _hundredths(value) for name, value in changed.model_dump(exclude_unset=True).items()}
    test = commands.Test(
        given.get("pre_percent", row["pre_percent"]), given.get("post_percent", row["post_percent"])
    )
    return _result(response, await commands.change_test(session, row, test))


def _hundredths(percent: Decimal | None) -> int | None:
    return None if percent is None else int(percent * 100)


def _percent(hundredths: int | None) -> float | None:
    return None if hundredths is None else hundredths / 100


def _reaction(response: Response, row: Any) -> Reaction:
    response.headers["ETag"] = etag(1)
    return Reaction.model_validate(dict(row))


def _result(response: Response, row: Any) -> LearningResult:
    response.headers["ETag"] = etag(row["version"])
    before, after = row["pre_percent"], row["post_percent"]
    both = before is not None and after is not None
    percents = {
        "pre_percent": _percent(before),
        "post_percent": _percent(after),
        "gain": _percent(after - before) if both else None,
    }
    return LearningResult.model_validate({**row, **percents})
