"""Behaviour at re-rating, person by person, compared with what was not in the plan."""

from collections.abc import Sequence
from datetime import UTC
from fractions import Fraction
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.evaluation.facts.person_facts import FOLLOW_UP
from services.evaluation.facts.queries import load_people
from services.evaluation.kirkpatrick.behaviour import Change, ReRating, re_ratings, rose
from services.evaluation.tables import assessment, directory, plan
from shared import periods
from shared.auth import rights
from shared.auth.caller import Caller
from shared.database.engine import raw
from shared.directory import authorization
from shared.directory.tables import erased_people
from shared.errors import NotFound
from shared.events.framework import COMPETENCIES
from shared.http import page
from shared.http.paging import Page

READ = "evaluation.read"
_baseline = assessment.alias("baseline")


async def listing(
    session: AsyncSession,
    caller: Caller,
    wanted: Page,
    *,
    person: UUID | None = None,
    plan_id: UUID | None = None,
    unit: str | None = None,
    period: str | None = None,
) -> dict[str, Any]:
    """Re-ratings of one's own, of a person or plan that one may see, or by role of a unit's people.

    Raises NotFound `person-unknown`, `plan-unknown` or `unit-unknown`, Forbidden `role-missing` or
    `unit-out-of-scope`, Invalid `period-malformed`.
    """
    select = (
        sa.select(assessment.c.assessment_id, assessment.c.person_id)
        .join(plan, sa.and_(plan.c.plan_id == assessment.c.plan_id, plan.c.agreed_at.is_not(None)))
        .join(_baseline, _baseline.c.assessment_id == plan.c.assessment_id)
        .where(assessment.c.kind == FOLLOW_UP, _baseline.c.level == assessment.c.level)
    )
    if period is not None:
        periods.bounds(period)
        select = select.where(assessment.c.period == period)
    if unit is not None:
        await authorization.require_unit(session, caller, READ, unit)
        inside = sa.select(directory.unit.c.unit_code).where(directory.unit.c.path.contains([unit]))
        select = select.where(assessment.c.unit_code.in_(inside))
        select = select.where(assessment.c.person_id.not_in(erased_people()))
    if plan_id is not None:
        person = await plan_person(session, caller, plan_id)
        select = select.where(assessment.c.plan_id == plan_id)
    elif person is not None:
        await authorization.person_access(session, caller, READ, person)
    elif unit is None:
        person = await authorization.require_person(session, caller, READ)
    if person is not None:
        select = select.where(assessment.c.person_id == person)
    found = await page(session, select, [assessment.c.assessment_id], wanted)
    return {**found, "items": await _views(session, found["items"])}


async def plan_person(session: AsyncSession, caller: Caller, plan_id: UUID) -> UUID:
    """Whose plan it is. Raises NotFound `plan-unknown` when there is none that the caller may see."""
    rights.require(caller, READ)
    found = await session.scalar(sa.select(plan.c.person_id).where(plan.c.plan_id == plan_id))
    person = UUID(str(found)) if found else authorization.NOBODY
    if await authorization.may(session, caller, READ, person) is None:
        raise NotFound("plan-unknown", "There is no such plan, or none that you may see.")
    return person


async def _views(session: AsyncSession, items: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    people = await load_people(await raw(session), sorted({item["person_id"] for item in items}))
    known = {
        UUID(found.again.assessment_id): (person, found)
        for person, facts in people.items()
        for found in re_ratings(facts)
    }
    return [view(*known[item["assessment_id"]]) for item in items if item["assessment_id"] in known]


def view(person: UUID, found: ReRating) -> dict[str, Any]:
    """One re-rating as it is shown; scores on the 1 to 5 scale."""
    return {
        "assessment_id": found.again.assessment_id,
        "baseline_assessment_id": found.baseline.assessment_id,
        "plan_id": found.plan.plan_id,
        "person_id": person,
        "unit_code": found.again.unit_code,
        "period": found.again.period,
        "follow_up_days": found.again.follow_up_days,
        "completed_at": found.again.completed_at.astimezone(UTC),
        "planned": _changes(found.changes(planned=True)),
        "unplanned": _changes(found.changes(planned=False)),
        "not_comparable": [COMPETENCIES[place] for place in found.not_comparable()],
        "priority_gaps": [
            {"competency": COMPETENCIES[place], "planned": planned, "closed": found.again.reaches(place)}
            for planned in (True, False)
            for place in found.gaps(planned=planned)
        ],
    }


def _changes(changes: tuple[Change, ...]) -> dict[str, Any]:
    total = sum(change.after - change.before for change in changes)
    return {
        "competencies": [
            {
                "competency": COMPETENCIES[change.competency],
                "before": change.before / 100,
                "after": change.after / 100,
            }
            for change in changes
        ],
        "mean_change": float(round(Fraction(total, 100 * len(changes)), 2)) if changes else None,
        "rose": rose(changes) if changes else None,
    }
