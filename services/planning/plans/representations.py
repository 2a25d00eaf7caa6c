"""The same plan as rows, as events and as answers: values in, values out."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from services.planning.catalogue.interventions import Intervention
from services.planning.plans.proposal import Gap
from shared.events.framework import COMPETENCIES
from shared.events.planning import PlanClosed, PlannedActivity, PlanProposed


def activity_row(
    activity_id: UUID,
    plan_id: UUID,
    position: int,
    of: Intervention,
    due_on: date,
    reason: Mapping[str, object] | None,
) -> dict[str, Any]:
    """A new activity of a plan as a row; without a reason it was added by hand."""
    return {
        "activity_id": activity_id,
        "plan_id": plan_id,
        "position": position,
        "intervention_code": of.code,
        "approach": of.approach,
        "delivery": of.delivery,
        "competencies": sorted(of.gains),
        "hours": of.hours,
        "days_away": of.days_away,
        "cost": of.cost,
        "due_on": due_on,
        "state": "planned",
        "reason": reason,
        "started_at": None,
        "completed_at": None,
        "hours_spent": None,
        "end_reason": None,
    }


def gap(of: Gap) -> dict[str, Any]:
    """A gap as it is stored and shown; by hand, since `asdict` costs a tenth of a batch."""
    return {
        "competency": of.competency,
        "gap": of.gap,
        "priority": of.priority,
        "unverified": of.unverified,
    }


def not_measured(scores: Sequence[int | None]) -> list[str]:
    """The competencies without a score, from scores in framework order."""
    return [code for code, score in zip(COMPETENCIES, scores, strict=True) if score is None]


def plan_fields(row: Mapping[str, Any], activities: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What plan-proposed and plan-agreed have in common."""
    return {
        "plan_id": str(row["plan_id"]),
        "assessment_id": str(row["assessment_id"]),
        "person_id": str(row["person_id"]),
        "post_id": str(row["post_id"]),
        "unit_code": row["unit_code"],
        "level": row["level"],
        "assessed_at": row["assessed_at"],
        "competencies": list(row["competencies"]),
        "activities": [planned(item) for item in activities],
    }


def plan_proposed(row: Mapping[str, Any], activities: Sequence[Mapping[str, Any]]) -> PlanProposed:
    """The event that says what is proposed, at first and after every change of it."""
    return PlanProposed(**plan_fields(row, activities), proposed_at=row["proposed_at"])


def plan_closed(row: Mapping[str, Any]) -> PlanClosed:
    """The event that says how a plan ended."""
    return PlanClosed(
        plan_id=str(row["plan_id"]),
        person_id=str(row["person_id"]),
        unit_code=row["unit_code"],
        closed_at=row["closed_at"],
        outcome=row["outcome"],
    )


def planned(row: Mapping[str, Any]) -> PlannedActivity:
    """An activity as events carry it."""
    return PlannedActivity(
        activity_id=str(row["activity_id"]),
        intervention_code=row["intervention_code"],
        approach=row["approach"],
        delivery=row["delivery"],
        competencies=list(row["competencies"]),
        hours=row["hours"],
        days_away=row["days_away"],
        cost=row["cost"],
        due_on=row["due_on"],
    )


def warnings(limits: Mapping[str, int], activities: Sequence[Mapping[str, Any]]) -> list[str]:
    """The limits that a plan goes beyond; a person may decide so, a proposal never does."""
    live = [item for item in activities if item["state"] != "cancelled"]
    used = {
        "limit-days-away": (sum(item["days_away"] for item in live), limits["days_away"]),
        "limit-cost": (sum(item["cost"] for item in live), limits["cost"]),
        "limit-activities": (len(live), limits["activities"]),
    }
    return [code for code, (taken, allowed) in used.items() if taken > allowed]
