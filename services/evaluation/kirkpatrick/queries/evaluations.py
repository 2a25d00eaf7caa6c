"""All five levels of a plan's evaluation together, with what is still missing."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.evaluation.catalogue.queries import of_level
from services.evaluation.facts.person_facts import FOLLOW_UP, Person
from services.evaluation.facts.queries import load_people
from services.evaluation.kirkpatrick.behaviour import re_ratings
from services.evaluation.kirkpatrick.kirkpatrick_levels import Done, missing
from services.evaluation.kirkpatrick.queries import behaviour
from services.evaluation.tables import (
    activity,
    follow_up,
    learning_result,
    plan,
    reaction,
    unscored_re_rating,
)
from shared.auth import rights
from shared.auth.caller import Caller
from shared.database.engine import raw
from shared.directory import authorization
from shared.errors import NotFound
from shared.http import page
from shared.http.paging import Page

_PLAN = (
    plan.c.plan_id, plan.c.assessment_id, plan.c.person_id, plan.c.unit_code, plan.c.proposed_at,
    plan.c.agreed_at, plan.c.closed_at, plan.c.outcome, plan.c.competencies,
)  # fmt: skip

Row = sa.RowMapping


async def listing(
    session: AsyncSession, caller: Caller, wanted: Page, *, person: UUID | None, plan_id: UUID | None
) -> dict[str, Any]:
    """Evaluations of a plan, of a person's plans, or of one's own.

    Raises NotFound `plan-unknown` or `person-unknown`, Forbidden `person-not-tied`.
    """
    if plan_id is not None:
        owner = await behaviour.plan_person(session, caller, plan_id)
    elif person is not None:
        await authorization.person_access(session, caller, behaviour.READ, person)
        owner = person
    else:
        owner = await authorization.require_person(session, caller, behaviour.READ)
    select = sa.select(*_PLAN).where(plan.c.person_id == owner)
    if plan_id is not None:
        select = select.where(plan.c.plan_id == plan_id)
    found = await page(session, select, [plan.c.plan_id], wanted)
    facts = (await load_people(await raw(session), [owner]))[owner]
    return {**found, "items": [await _evaluation(session, row, facts) for row in found["items"]]}


async def _evaluation(session: AsyncSession, row: dict[str, Any], facts: Person) -> dict[str, Any]:
    """One plan, level by level."""
    plan_id = row["plan_id"]
    activities = await _activities(session, plan_id)
    due = [
        (item.days, item.due_on)
        for item in await session.execute(
            sa.select(follow_up.c.days, follow_up.c.due_on).where(follow_up.c.plan_id == plan_id)
        )
    ]
    ended = unscored_re_rating.c
    unscored = await session.execute(
        sa.select(ended.days, ended.outcome).where(ended.plan_id == plan_id).order_by(ended.assessment_id)
    )
    again = [found for found in re_ratings(facts) if found.plan.plan_id == str(plan_id)]
    answered = [
        item.follow_up_days
        for item in facts.assessments
        if item.kind == FOLLOW_UP and item.plan_id == str(plan_id) and item.follow_up_days is not None
    ]
    return {
        **row,
        "reaction": [_reaction(item) for item in activities],
        "learning": [_learning(item) for item in activities if item["learning_result_id"] is not None],
        "behaviour": [behaviour.view(row["person_id"], found) for found in again],
        "results": {"indicators": await of_level(session, 4)},
        "impact": {"indicators": await of_level(session, 5)},
        "missing": list(
            missing([_done(item) for item in activities], due, answered, dict(map(tuple, unscored)))
        ),
    }


async def _activities(session: AsyncSession, plan_id: UUID) -> list[Row]:
    """The plan's activities, planned or done, with what was entered about each."""
    select = (
        sa.select(
            activity,
            reaction.c.reaction_id, reaction.c.relevance, reaction.c.usefulness, reaction.c.given_at,
            learning_result.c.learning_result_id, learning_result.c.pre_percent, learning_result.c.post_percent,
        )
        .outerjoin(reaction, reaction.c.activity_id == activity.c.activity_id)
        .outerjoin(learning_result, learning_result.c.activity_id == activity.c.activity_id)
        .where(activity.c.plan_id == plan_id, activity.c.planned | activity.c.completed_at.is_not(None))
        .order_by(activity.c.due_on, activity.c.activity_id)
    )  # fmt: skip
    return list((await session.execute(select)).mappings())


def _done(row: Row) -> Done:
    return Done(
        activity_id=row["activity_id"],
        approach=row["approach"],
        completed=row["completed_at"] is not None,
        reacted=row["reaction_id"] is not None,
        tested_before=row["pre_percent"] is not None,
        tested_after=row["post_percent"] is not None,
    )


def _reaction(row: Row) -> dict[str, Any]:
    names = (
        "activity_id", "intervention_code", "approach", "competencies", "due_on", "started_at", "completed_at",
        "hours", "reaction_id", "relevance", "usefulness", "given_at",
    )  # fmt: skip
    return {name: row[name] for name in names}


def _learning(row: Row) -> dict[str, Any]:
    before, after = row["pre_percent"], row["post_percent"]
    both = before is not None and after is not None
    return {
        "learning_result_id": row["learning_result_id"],
        "activity_id": row["activity_id"],
        "pre_percent": None if before is None else before / 100,
        "post_percent": None if after is None else after / 100,
        "gain": (after - before) / 100 if both else None,
    }


async def one_reaction(session: AsyncSession, caller: Caller, reaction_id: UUID) -> Row:
    """A reaction of a person that the caller may see. Raises NotFound `reaction-unknown`."""
    select = sa.select(reaction).where(reaction.c.reaction_id == reaction_id)
    return await _visible(session, caller, select, "reaction-unknown")


async def one_learning_result(session: AsyncSession, caller: Caller, result_id: UUID) -> Row:
    """A test result of a person that the caller may see. Raises NotFound `learning-result-unknown`."""
    select = sa.select(learning_result).where(learning_result.c.learning_result_id == result_id)
    return await _visible(session, caller, select, "learning-result-unknown")


async def _visible(session: AsyncSession, caller: Caller, select: sa.Select[Any], code: str) -> Row:
    rights.require(caller, behaviour.READ)
    row: Row | None = (await session.execute(select)).mappings().one_or_none()
    person = row["person_id"] if row else authorization.NOBODY
    if await authorization.may(session, caller, behaviour.READ, person) is None or row is None:
        raise NotFound(code, "There is no such answer, or none that you may see.")
    return row
