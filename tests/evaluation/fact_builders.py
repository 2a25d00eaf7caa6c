"""Facts with defaults, for the rules."""

from datetime import date
from typing import Any

from services.evaluation.facts.person_facts import (
    Activity,
    Assessment,
    LearningResult,
    Plan,
    Post,
    Profiled,
    Reaction,
)
from shared import periods
from tests.evaluation.builders import ELEVEN, at, scores


def fact_assessment(name: str = "a", day: str = "2026-07-10", **changes: Any) -> Assessment:
    """A completed assessment of the cycle, all scores 3.00 against targets of 4.00."""
    values: dict[str, Any] = {
        "assessment_id": name,
        "kind": "cycle",
        "plan_id": None,
        "follow_up_days": None,
        "unit_code": "F1",
        "level": "I",
        "completed_at": at(day),
        "measured_on": date.fromisoformat(day),
        "period": periods.of(date.fromisoformat(day)),
        "item_marks": (),
        "scores": scores(),
        "others": scores(),
        "targets": (400,) * ELEVEN,
        "weights": (1,) * ELEVEN,
        "priorities": (),
    }
    return Assessment(**(values | changes))


def fact_plan(
    name: str = "p", assessment: str = "a", agreed: str | None = "2026-07-20", **changes: Any
) -> Plan:
    """A plan that is agreed and open."""
    values: dict[str, Any] = {
        "plan_id": name,
        "assessment_id": assessment,
        "unit_code": "F1",
        "agreed_at": at(agreed) if agreed else None,
        "closed_at": None,
        "competencies": (),
    }
    return Plan(**(values | changes))


def fact_activity(
    name: str = "x", due: str = "2026-08-15", done: str | None = None, **changes: Any
) -> Activity:
    """A planned activity of plan p, of 10 hours in a workplace."""
    values: dict[str, Any] = {
        "activity_id": name,
        "plan_id": "p",
        "unit_code": "F1" if done else None,
        "approach": "workplace-learning",
        "due_on": date.fromisoformat(due),
        "planned": True,
        "hours": 10,
        "completed_at": at(done) if done else None,
    }
    return Activity(**(values | changes))


def fact_post(
    unit: str = "F1", since: str = "2020-01-01", until: str | None = None, primary: bool = True,
    profiled: Profiled | None = None, level: str = "B",
) -> Post:  # fmt: skip
    """A post held since 2020."""
    return Post(
        unit,
        date.fromisoformat(since),
        date.fromisoformat(until) if until else None,
        primary,
        profiled,
        level,
    )


def fact_reaction(relevance: int, usefulness: int, day: str = "2026-08-20") -> Reaction:
    """A reaction at F1."""
    return Reaction("F1", relevance, usefulness, at(day))


def fact_learning(pre: int, post: int, day: str = "2026-08-20") -> LearningResult:
    """A test at F1, in hundredths of a percent."""
    return LearningResult("F1", pre, post, at(day))
