"""Facts and events with defaults; ids are made from short names, so that tests read."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid4, uuid5

from shared import periods
from shared.events.assessment import AssessmentCompleted, Priority
from shared.events.event import Event
from shared.events.planning import ActivityCompleted, PlanAgreed, PlanClosed, PlannedActivity, PlanProposed
from shared.events.registry import PeopleChanged, PersonState, PostState, UnitsChanged, UnitState
from shared.messaging.subscriptions import Received

ELEVEN = 11


def ident(name: str) -> str:
    """The id that stands for a short name."""
    return str(uuid5(NAMESPACE_URL, name))


def key(name: str) -> UUID:
    """As `ident`, as a UUID."""
    return UUID(ident(name))


def at(day: str) -> datetime:
    """Noon of an ISO day, UTC."""
    return datetime.combine(date.fromisoformat(day), datetime.min.time(), UTC).replace(hour=12)


def scores(default: int | None = 300, **changed: int | None) -> tuple[int | None, ...]:
    """Eleven scores; `k9=400` sets place 9."""
    values = [default] * ELEVEN
    for place, value in changed.items():
        values[int(place[1:])] = value
    return tuple(values)


def received(data: Event, version: int = 1) -> Received[Any]:
    """An event as the harness hands it over."""
    return Received(uuid4(), data, "aggregate", version, "north", at("2026-07-10"))


def units(*rows: tuple[str, str | None], version: int = 1) -> UnitsChanged:
    """Units as (code, parent)."""
    return UnitsChanged(items=[unit(code, above, version) for code, above in rows])


def unit(code: str, above: str | None, version: int = 1) -> UnitState:
    """One unit; its level from the first letter."""
    levels = {"C": "country", "R": "region", "D": "district", "F": "facility"}
    return UnitState(
        unit_code=code,
        version=version,
        level=levels[code[0]],
        type="x",
        open_from=date(2000, 1, 1),
        parent=above,
    )


def person(name: str, unit_code: str = "F1", version: int = 1, **changes: Any) -> PersonState:
    """A person in a primary post since 2020."""
    post = PostState(
        post_id=ident(f"post-{name}"),
        unit_code=unit_code,
        role_code="in-charge",
        level="I",
        valid_from=changes.pop("since", date(2020, 1, 1)),
        valid_to=changes.pop("until", None),
        primary=True,
        manager_post_id=changes.pop("manager_post_id", None),
    )
    values: dict[str, Any] = {"active": True, "posts": [post], "subject_keys": []}
    return PersonState(person_id=ident(name), version=version, **(values | changes))


def people(*states: PersonState) -> PeopleChanged:
    """A batch of people."""
    return PeopleChanged(items=list(states))


def assessed(name: str, who: str, day: str, unit_code: str = "F1", **changes: Any) -> AssessmentCompleted:
    """A completed assessment, all scores 3.00 against 4.00, QM the first priority and HR the second."""
    priority = {"gap": 100, "weight": 2, "relevance": 300, "prevalence": 0, "priority": 200}
    values: dict[str, Any] = {
        "assessment_id": ident(name),
        "kind": "cycle",
        "cycle_id": ident("cycle"),
        "plan_id": None,
        "follow_up_days": None,
        "person_id": ident(who),
        "post_id": ident(f"post-{who}"),
        "unit_code": unit_code,
        "role_code": "in-charge",
        "level": "I",
        "framework_code": "core",
        "framework_version": 1,
        "completed_at": at(day),
        "period": periods.of(date.fromisoformat(day)),
        "scores": list(scores()),
        "others": list(scores()),
        "self_scores": list(scores(350)),
        "targets": [400] * ELEVEN,
        "weights": [1] * ELEVEN,
        "gaps": [100] * ELEVEN,
        "priorities": [Priority(competency=code, **priority) for code in ("QM", "HR")],
        "unverified": [False] * ELEVEN,
    }
    return AssessmentCompleted(**(values | changes))


def planned(name: str, due: str, **changes: Any) -> PlannedActivity:
    """One activity of a plan."""
    values: dict[str, Any] = {
        "activity_id": ident(name),
        "intervention_code": "QM-COACH",
        "approach": "workplace-learning",
        "delivery": "workplace",
        "competencies": ["QM"],
        "hours": 10,
        "days_away": 0,
        "cost": 0,
        "due_on": date.fromisoformat(due),
    }
    return PlannedActivity(**(values | changes))


def _plan(
    name: str, assessment: str, who: str, activities: list[PlannedActivity], **changes: Any
) -> dict[str, Any]:
    return {
        "plan_id": ident(name),
        "assessment_id": ident(assessment),
        "person_id": ident(who),
        "post_id": ident(f"post-{who}"),
        "unit_code": "F1",
        "level": "I",
        "assessed_at": at("2026-07-10"),
        "competencies": ["QM"],
        "activities": activities,
    } | changes


def proposed(
    name: str, assessment: str, who: str, *activities: PlannedActivity, **changes: Any
) -> PlanProposed:
    """A proposed plan for QM."""
    return PlanProposed(
        proposed_at=at("2026-07-10"), **_plan(name, assessment, who, list(activities), **changes)
    )


def agreed(
    name: str, assessment: str, who: str, day: str, *activities: PlannedActivity, **changes: Any
) -> PlanAgreed:
    """An agreed plan for QM."""
    return PlanAgreed(agreed_at=at(day), **_plan(name, assessment, who, list(activities), **changes))


def closed(name: str, who: str, day: str) -> PlanClosed:
    """A closed plan."""
    return PlanClosed(
        plan_id=ident(name), person_id=ident(who), unit_code="F1", closed_at=at(day), outcome="completed"
    )


def completed(name: str, plan: str, who: str, day: str, **changes: Any) -> ActivityCompleted:
    """A completed activity of 10 hours."""
    values: dict[str, Any] = {
        "activity_id": ident(name),
        "plan_id": ident(plan),
        "person_id": ident(who),
        "post_id": ident(f"post-{who}"),
        "unit_code": "F1",
        "level": "I",
        "intervention_code": "QM-COACH",
        "approach": "workplace-learning",
        "delivery": "workplace",
        "competencies": ["QM"],
        "hours": 10,
        "due_on": date(2026, 8, 15),
        "completed_at": at(day),
    }
    return ActivityCompleted(**(values | changes))
