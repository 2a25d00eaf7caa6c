"""Plans and follow-ups, read: pages of what the caller may see, and one with everything on it."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.planning import views
from services.planning.tables import directory
from services.planning.tables.plans import activity, follow_up, plan
from shared import access, clock
from shared.auth.caller import Caller
from shared.errors import NotFound
from shared.http.paging import Page, page


async def visible(session: AsyncSession, caller: Caller) -> sa.ColumnElement[bool]:
    """Plans of oneself, of one's team, and by role of people with a post inside one's units today.

    One rule for lists and single plans: a plan goes along with its person, whatever unit it began in.
    """
    own = await access.caller_person(session, caller)
    allowed: list[sa.ColumnElement[bool]] = []
    if caller.units and not caller.roles.isdisjoint(access.OVERSEES):
        allowed.append(_inside(caller.units))
    if own is not None:
        allowed += [plan.c.person_id == own, plan.c.person_id.in_(_team(own))]
    return sa.or_(*allowed) if allowed else sa.false()


def _held(post: sa.FromClause) -> sa.ColumnElement[bool]:
    day = clock.today()
    return sa.and_(post.c.valid_from <= day, sa.or_(post.c.valid_to.is_(None), post.c.valid_to >= day))


def _inside(units: Iterable[str]) -> sa.ColumnElement[bool]:
    post, unit = directory.post, directory.unit
    posts = sa.select(post.c.post_id).join(unit, unit.c.unit_code == post.c.unit_code)
    posts = posts.where(post.c.person_id == plan.c.person_id, _held(post), unit.c.path.overlap(list(units)))
    return posts.correlate(plan).exists()


def _team(own: UUID) -> sa.Select[tuple[UUID]]:
    post, mine = directory.post, directory.post.alias("mine")
    managed = sa.and_(post.c.manager_post_id == mine.c.post_id, mine.c.person_id == own)
    return sa.select(post.c.person_id).join(mine, managed).where(_held(post), _held(mine))


async def listing(
    session: AsyncSession, caller: Caller, wanted: Page, filters: Mapping[str, Any]
) -> dict[str, Any]:
    """A page of plans with their activities; filters person_id, unit_code, state, assessment_id."""
    select = sa.select(plan).where(await visible(session, caller))
    for name, value in filters.items():
        if value is not None:
            select = select.where(plan.c[name] == value)
    found = await page(session, select, [plan.c.plan_id], wanted)
    activities = await activities_of(session, [row["plan_id"] for row in found["items"]])
    items = [complete(row, activities.get(row["plan_id"], [])) for row in found["items"]]
    return {"items": items, "next": found["next"]}


async def counts(session: AsyncSession, caller: Caller, unit_code: str) -> dict[str, int]:
    """How many plans there are inside a unit's subtree, by state: of those that the caller may read.

    A plan of somebody who works elsewhere now is not: less the plans that are listed it would stand alone.
    """
    await access.require_unit(session, caller, unit_code)
    unit = directory.unit
    inside = sa.select(unit.c.unit_code).where(unit.c.path.contains([unit_code]))
    select = (
        sa.select(plan.c.state, sa.func.count().label("plans"))
        .where(plan.c.unit_code.in_(inside), await visible(session, caller))
        .group_by(plan.c.state)
    )
    return {row.state: row.plans for row in await session.execute(select)}


async def activities_of(session: AsyncSession, plan_ids: list[UUID]) -> dict[UUID, list[dict[str, Any]]]:
    """The activities of plans, in their order."""
    select = (
        sa.select(activity)
        .where(activity.c.plan_id.in_(plan_ids))
        .order_by(activity.c.plan_id, activity.c.position)
    )
    found: dict[UUID, list[dict[str, Any]]] = {}
    for row in (await session.execute(select)).mappings():
        found.setdefault(row["plan_id"], []).append(dict(row))
    return found


async def one(session: AsyncSession, caller: Caller, plan_id: UUID, *, lock: bool = False) -> dict[str, Any]:
    """A plan with its activities. Raises NotFound `plan-unknown`, also for who may not see its person."""
    select = sa.select(plan).where(plan.c.plan_id == plan_id, await visible(session, caller))
    row = (await session.execute(select.with_for_update() if lock else select)).mappings().one_or_none()
    if row is None:
        raise NotFound("plan-unknown", "There is no such plan, or none that you may see.")
    return complete(dict(row), (await activities_of(session, [plan_id])).get(plan_id, []))


def complete(row: Mapping[str, Any], activities: list[dict[str, Any]]) -> dict[str, Any]:
    """The plan as it is answered."""
    return {**row, "activities": activities, "warnings": views.warnings(row["limits"], activities)}


async def follow_ups(
    session: AsyncSession, caller: Caller, wanted: Page, filters: Mapping[str, Any]
) -> dict[str, Any]:
    """A page of follow-ups; filters plan_id, state, days."""
    columns = [*follow_up.c, plan.c.person_id, plan.c.unit_code]
    select = sa.select(*columns).join(plan, plan.c.plan_id == follow_up.c.plan_id)
    select = select.where(await visible(session, caller))
    for name, value in filters.items():
        if value is not None:
            select = select.where(follow_up.c[name] == value)
    return await page(session, select, [follow_up.c.follow_up_id], wanted)


async def one_follow_up(
    session: AsyncSession, caller: Caller, follow_up_id: UUID, *, lock: bool = False
) -> dict[str, Any]:
    """A follow-up. Raises NotFound `follow-up-unknown`, also for who may not see its person."""
    columns = [*follow_up.c, plan.c.person_id, plan.c.unit_code]
    select = sa.select(*columns).join(plan, plan.c.plan_id == follow_up.c.plan_id)
    select = select.where(follow_up.c.follow_up_id == follow_up_id, await visible(session, caller))
    if lock:
        select = select.with_for_update(of=follow_up)
    row = (await session.execute(select)).mappings().one_or_none()
    if row is None:
        raise NotFound("follow-up-unknown", "There is no such follow-up, or none that you may see.")
    return dict(row)
