"""Behaviour results and the five levels of a plan over HTTP."""

from datetime import date, datetime
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from services.evaluation.kirkpatrick.queries import behaviour, evaluations
from shared.http import Caller, CommandRoute, Paging, Reads
from shared.http.strict_types import Code, PeriodQuery

router = APIRouter(prefix="/v1", route_class=CommandRoute, tags=["evaluation"])


class Change(BaseModel):
    """Others-scores of a competency, 1 to 5, at the baseline and at the re-rating."""

    competency: str
    before: float
    after: float


class Changes(BaseModel):
    """Competencies that others scored both times; `rose` when the mean rose by 0.5 or more."""

    competencies: list[Change]
    mean_change: float | None
    rose: bool | None


class PriorityGap(BaseModel):
    """A priority gap of the baseline; `closed` when its level reached the target."""

    competency: str
    planned: bool
    closed: bool


class BehaviourResult(BaseModel):
    """A re-rating against its baseline. `unplanned` is there so that chance is not read as success."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "assessment_id": "6f0c0d9e-0f0e-4d83-9f1e-0b8f2a6a7f10",
                    "baseline_assessment_id": "1c7bb7e5-27f7-4b0b-8a5a-3a0a8f6b1f21",
                    "plan_id": "9d3f4c8a-7a0c-4b52-9a7d-5f0c4e1f8a32",
                    "person_id": "4f6f2f0a-2b4e-4f8e-8c1e-6a9b7c5d3e43",
                    "unit_code": "N01-07",
                    "period": "2026Q3",
                    "follow_up_days": 90,
                    "completed_at": "2026-08-20T12:00:00Z",
                    "planned": {
                        "competencies": [{"competency": "QM", "before": 2.8, "after": 3.4}],
                        "mean_change": 0.6,
                        "rose": True,
                    },
                    "unplanned": {
                        "competencies": [{"competency": "PL", "before": 3.0, "after": 3.1}],
                        "mean_change": 0.1,
                        "rose": False,
                    },
                    "not_comparable": ["SC"],
                    "priority_gaps": [{"competency": "QM", "planned": True, "closed": False}],
                }
            ]
        }
    )

    assessment_id: UUID
    baseline_assessment_id: UUID
    plan_id: UUID
    person_id: UUID
    unit_code: str
    period: str
    follow_up_days: int | None
    completed_at: datetime
    planned: Changes
    unplanned: Changes
    not_comparable: list[str] = Field(
        description="Competencies measured by other items than before, of another framework version."
    )
    priority_gaps: list[PriorityGap]


class BehaviourResults(BaseModel):
    """A page of behaviour results."""

    items: list[BehaviourResult]
    next: str | None


class ActivityReaction(BaseModel):
    """Level 1: an activity of the plan, and the reaction to it once it was given."""

    activity_id: UUID
    intervention_code: str | None
    approach: str | None
    competencies: list[str]
    due_on: date | None
    started_at: datetime | None
    completed_at: datetime | None
    hours: int | None
    reaction_id: UUID | None
    relevance: int | None
    usefulness: int | None
    given_at: datetime | None


class ActivityLearning(BaseModel):
    """Level 2: the tests around an activity, in per cent."""

    learning_result_id: UUID
    activity_id: UUID
    pre_percent: float | None
    post_percent: float | None
    gain: float | None


class UnitMeasures(BaseModel):
    """Levels 4 and 5 are measured for units: codes of the indicators that tell them."""

    indicators: list[str]


class MissingPart(BaseModel):
    """What the evaluation of the plan lacks; `level` 1 reaction to 5 system impact.

    A re-rating is not due, awaited, or it ended without a score: `re-rating-not-measured` where no
    competency could be scored, `re-rating-expired` where too few answered.
    """

    level: int
    code: str
    activity_id: UUID | None
    days: int | None
    due_on: date | None


class Evaluation(BaseModel):
    """A plan on all five levels."""

    plan_id: UUID
    assessment_id: UUID | None
    person_id: UUID
    unit_code: str
    proposed_at: datetime | None
    agreed_at: datetime | None
    closed_at: datetime | None
    outcome: str | None
    competencies: list[str]
    reaction: list[ActivityReaction]
    learning: list[ActivityLearning]
    behaviour: list[BehaviourResult]
    results: UnitMeasures
    impact: UnitMeasures
    missing: list[MissingPart]


class Evaluations(BaseModel):
    """A page of evaluations."""

    items: list[Evaluation]
    next: str | None


@router.get("/behaviour-results", summary="Behaviour at re-rating (level 3)")
async def behaviour_results(
    session: Reads,
    caller: Caller,
    paging: Paging,
    person: UUID | None = None,
    plan: UUID | None = None,
    unit: Code | None = None,
    period: PeriodQuery | None = None,
) -> BehaviourResults:
    """One's own without a filter; of people that one may see; of a unit for programme managers and HRIS."""
    found = await behaviour.listing(
        session, caller, paging, person=person, plan_id=plan, unit=unit, period=period
    )
    return BehaviourResults.model_validate(found)


@router.get("/evaluations", summary="Plans on all five levels")
async def plan_evaluations(
    session: Reads, caller: Caller, paging: Paging, plan: UUID | None = None, person: UUID | None = None
) -> Evaluations:
    """Of one plan, of a person's plans, or of one's own; with what is still missing."""
    found = await evaluations.listing(session, caller, paging, person=person, plan_id=plan)
    return Evaluations.model_validate(found, from_attributes=True)
