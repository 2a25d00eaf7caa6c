"""What plans look like over HTTP."""

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from fastapi import Response
from pydantic import BaseModel, ConfigDict, Field

from services.planning.plans.api import openapi_examples
from shared.http import etag

PlanState = Literal["proposed", "agreed", "active", "closed"]


class Activity(BaseModel):
    """An activity of a plan. Hours and days as planned, `hours_spent` as it was; cost in whole units."""

    model_config = ConfigDict(json_schema_extra={"examples": [openapi_examples.ACTIVITY]})

    activity_id: UUID
    intervention_code: str
    approach: str
    delivery: str
    competencies: list[str]
    hours: int
    days_away: int
    cost: int
    due_on: date
    state: Literal["planned", "started", "completed", "cancelled"] = "planned"
    reason: dict[str, Any] | None = Field(description="Why it was proposed; null: added by hand.")
    started_at: datetime | None = None
    completed_at: datetime | None = None
    hours_spent: int | None = None
    end_reason: Literal["person-left"] | None = Field(
        default=None, description="Why it was cancelled by itself; null: by hand, or it was not."
    )


class Gap(BaseModel):
    """A gap as assessed with its priority, both in hundredths."""

    model_config = ConfigDict(json_schema_extra={"examples": [openapi_examples.PLAN["gaps"][0]]})

    competency: str
    gap: int
    priority: int
    unverified: bool = Field(
        default=False, description="It rests on the leader's own answers alone: too few others answered."
    )


class Plan(BaseModel):
    """A development plan. `left_out` says which gaps it does not serve further, and why."""

    model_config = ConfigDict(json_schema_extra={"examples": [openapi_examples.PLAN]})

    plan_id: UUID
    version: int
    state: PlanState
    outcome: Literal["completed", "abandoned", "superseded", "no-gap", "person-left"] | None
    assessment_id: UUID
    person_id: UUID
    post_id: UUID
    unit_code: str
    level: str
    competencies: list[str] = Field(description="The priority gaps it addresses, highest first.")
    gaps: list[Gap] = Field(description="Every gap of the assessment, addressed or not.")
    not_measured: list[str] = Field(
        description="Competencies that the assessment did not score: whether there is a gap is not known."
    )
    left_out: list[dict[str, Any]]
    limits: dict[str, int]
    warnings: list[str] = Field(description="Limits that the plan goes beyond, by code.")
    assessed_at: datetime
    proposed_at: datetime
    agreed_at: datetime | None
    closed_at: datetime | None
    activities: list[Activity]


class Plans(BaseModel):
    """A page of plans."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"items": [openapi_examples.PLAN], "next": None}]}
    )

    items: list[Plan]
    next: str | None


def tagged(response: Response, row: dict[str, Any]) -> Plan:
    """A plan with its ETag."""
    response.headers["ETag"] = etag(row["version"])
    return Plan.model_validate(row)
