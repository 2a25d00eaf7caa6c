"""Examples of plans for the OpenAPI document, with reasons as the rules give them."""

from typing import Any

from services.planning.catalogue.api import openapi_examples as catalogue
from services.planning.plans.reasons import Choice, LeftOut, choice_view, left_out_view

ACTIVITY: dict[str, Any] = {
    "activity_id": "0193e1a0-7a10-7000-8000-000000000005",
    "intervention_code": "WL-01",
    "approach": "workplace-learning",
    "delivery": "workplace",
    "competencies": ["CO", "HR", "PL"],
    "hours": 24,
    "days_away": 0,
    "cost": 160,
    "due_on": "2027-01-22",
    "state": "planned",
    "reason": choice_view(Choice("HR", 20, True, ("CO",))),
    "started_at": None,
    "completed_at": None,
    "hours_spent": None,
    "end_reason": None,
}
_SECOND: dict[str, Any] = ACTIVITY | {
    "activity_id": "0193e1a0-7a10-7000-8000-000000000006",
    "intervention_code": "NW-01",
    "approach": "networking",
    "delivery": "face-to-face",
    "competencies": ["CO", "HR", "QM"],
    "hours": 12,
    "cost": 40,
    "due_on": "2027-03-23",
    "reason": choice_view(Choice("CO", 10, True, ("HR",))),
}

PLAN: dict[str, Any] = {
    "plan_id": "0193e1a0-7a10-7000-8000-000000000001",
    "version": 1,
    "state": "proposed",
    "outcome": None,
    "assessment_id": "0193e1a0-7a10-7000-8000-000000000002",
    "person_id": "0193e1a0-7a10-7000-8000-000000000003",
    "post_id": "0193e1a0-7a10-7000-8000-000000000004",
    "unit_code": "N01",
    "level": "B",
    "competencies": ["HR", "CO"],
    "gaps": [
        {"competency": "HR", "gap": 110, "priority": 240, "unverified": False},
        {"competency": "CO", "gap": 35, "priority": 60, "unverified": True},
    ],
    "not_measured": ["SC"],
    "left_out": [left_out_view(LeftOut("HR", ("limit-activities",), 80))],
    "limits": catalogue.LIMITS,
    "warnings": [],
    "assessed_at": "2026-11-23T08:00:00Z",
    "proposed_at": "2026-11-23T08:00:01Z",
    "agreed_at": None,
    "closed_at": None,
    "activities": [ACTIVITY, _SECOND],
}

FOLLOW_UP: dict[str, Any] = {
    "follow_up_id": "0193e1a0-7a10-7000-8000-000000000009",
    "plan_id": PLAN["plan_id"],
    "person_id": PLAN["person_id"],
    "unit_code": "N01",
    "days": 30,
    "due_on": "2027-02-05",
    "state": "due",
    "version": 2,
    "applied": None,
    "obstacle": None,
    "answered_at": None,
}
