"""Events and catalogue entries with defaults; ids are made from short names, so that tests read."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from services.planning.catalogue.interventions import Intervention
from shared.events.assessment import AssessmentCompleted, Priority
from shared.events.registry import PersonState, PostState, UnitState

UNITS = (("N", None), ("N01", "N"), ("S", None))


def ident(name: str) -> str:
    """The id that stands for a short name."""
    return str(uuid5(NAMESPACE_URL, name))


def offer(code: str, approach: str = "workplace-learning", **changes: Any) -> Intervention:
    """A free activity of 16 hours for everybody that closes 0.30 of QM."""
    values: dict[str, Any] = {
        "code": code,
        "name": {"en": code},
        "approach": approach,
        "delivery": "workplace",
        "levels": ("B", "I", "A"),
        "gains": {"QM": 30},
        "hours": 16,
        "days_away": 0,
        "cost": 0,
    }
    return Intervention(**(values | changes))


def units() -> list[UnitState]:
    """Two trees, so that something is out of scope."""
    since = date(2000, 1, 1)
    return [
        UnitState(unit_code=code, version=1, level="district", type="x", open_from=since, parent=above)
        for code, above in UNITS
    ]


def person(
    name: str, key: str, manager: str | None = None, unit: str = "N01", version: int = 1
) -> PersonState:
    """A person in one post who signs in with `key`."""
    post = PostState(
        post_id=ident(f"post-{name}"),
        unit_code=unit,
        role_code="in-charge",
        level="B",
        valid_from=date(2020, 1, 1),
        primary=True,
        manager_post_id=ident(f"post-{manager}") if manager else None,
    )
    return PersonState(person_id=ident(name), version=version, active=True, subject_keys=[key], posts=[post])


def assessed(name: str, who: str, day: str = "2026-11-01", **changes: Any) -> AssessmentCompleted:
    """A completed assessment with gaps of 1.00 at QM and 0.60 at HR."""
    gaps = [("QM", 100, 200), ("HR", 60, 90)]
    values: dict[str, Any] = {
        "assessment_id": ident(name),
        "kind": "cycle",
        "cycle_id": ident("cycle"),
        "plan_id": None,
        "follow_up_days": None,
        "person_id": ident(who),
        "post_id": ident(f"post-{who}"),
        "unit_code": "N01",
        "role_code": "in-charge",
        "level": "B",
        "framework_code": "core",
        "framework_version": 1,
        "completed_at": datetime.combine(date.fromisoformat(day), datetime.min.time(), UTC),
        "period": "2026Q4",
        "scores": [300] * 11,
        "others": [300] * 11,
        "self_scores": [300] * 11,
        "targets": [400] * 11,
        "weights": [1] * 11,
        "gaps": [100] * 11,
        "priorities": [
            Priority(competency=code, gap=gap, weight=1, relevance=300, prevalence=0, priority=priority)
            for code, gap, priority in gaps
        ],
        "unverified": [False] * 11,
    }
    return AssessmentCompleted(**(values | changes))
