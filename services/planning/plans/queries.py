"""Plans and follow-ups, read: pages of what the caller may see, and one with everything on it."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.plans import representations
from services.planning.tables import directory
from services.planning.tables.plans import activity, follow_up, plan
from shared import clock
from shared.auth import rights
from shared.auth.caller import Caller
from shared.auth.rights import Reach
from shared.directory import authorization
from shared.directory.tables import erased_people, held_on
from shared.errors import NotFound
from shared.http.paging import Page, page

READ = "plan.read"


async def _visible(session: AsyncSession, caller: Caller) -> sa.ColumnElement[bool]:
    """Plans of oneself, of one's team, and by role of people with a post inside one's units today.

    For lists what `access.may` says of single plans: a plan goes along with its person, whatever
    unit it began in.
    """
    rights.require(caller, READ)
    reach = rights.reaches(caller, READ)
    own = await authorization.caller_person(session, caller)
    allowed: list[sa.ColumnElement[bool]] = []
    if Reach.UNITS in reach and caller.units:
        allowed.append(_inside(caller.units))
    if own is not None and Reach.SELF in reach:
        allowed.append(plan.c.person_id == own)
    if own is not None and Reach.TEAM in reach:
        allowed.append(plan.c.person_id.in_(_team(own)))
    visible = sa.or_(*allowed) if allowed else sa.false()
    return sa.and_(plan.c.person_id.not_in(erased_people()), visible)


def _inside(units: Iterable[str]) -> sa.ColumnElement[bool]:
    post, unit = directory.post, directory.unit
    posts = sa.select(post.c.post_id).join(unit, unit.c.unit_code == post.c.unit_code)
    inside = unit.c.path.overlap(list(units))
    posts = posts.where(post.c.person_id == plan.c.person_id, held_on(post, clock.today()), inside)
    return posts.correlate(plan).exists()


def _team(own: UUID) -> sa.Select[tuple[UUID]]:
    post, mine = directory.post, directory.post.alias("mine")
    managed = sa.and_(post.c.manager_post_id == mine.c.post_id, mine.c.person_id == own)
    day = clock.today()
    return sa.select(post.c.person_id).join(mine, managed).where(held_on(post, day), held_on(mine, day))


async def listing(
    session: AsyncSession, caller: Caller, wanted: Page, filters: Mapping[str, Any]
) -> dict[str, Any]:
    """A page of plans with their activities; filters person_id, unit_code, state, assessment_id."""
    select = sa.select(plan).where(await _visible(session, caller))
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
    await authorization.require_unit(session, caller, "plan.count", unit_code)
    unit = directory.unit
    inside = sa.select(unit.c.unit_code).where(unit.c.path.contains([unit_code]))
    select = (
        sa.select(plan.c.state, sa.func.count().label("plans"))
        .where(plan.c.unit_code.in_(inside), await _visible(session, caller))
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


async def one(session: AsyncSession, caller: Caller, plan_id: UUID) -> dict[str, Any]:
    """A plan with its activities. Raises NotFound `plan-unknown`, also for who may not see its person."""
    select = sa.select(plan).where(plan.c.plan_id == plan_id)
    row = (await session.execute(select)).mappings().one_or_none()
    await _require(session, caller, READ, row, _unknown_plan)
    return complete(dict(row or {}), (await activities_of(session, [plan_id])).get(plan_id, []))


async def to_change(
    session: AsyncSession, caller: Caller, plan_id: UUID, right: str = "plan.change"
) -> dict[str, Any]:
    """A plan with its activities, locked for its change, which the caller has the right to.

    Raises NotFound as `one`, and Forbidden `role-missing` for a plan that the caller may see alone.
    """
    rights.require(caller, right)
    whose = sa.select(plan.c.person_id).where(plan.c.plan_id == plan_id)
    row = (await session.execute(whose)).mappings().one_or_none()
    await _require(session, caller, right, row, _unknown_plan)
    select = sa.select(plan).where(plan.c.plan_id == plan_id).with_for_update()
    locked = (await session.execute(select)).mappings().one()
    return complete(dict(locked), (await activities_of(session, [plan_id])).get(plan_id, []))


async def _require(
    session: AsyncSession,
    caller: Caller,
    right: str,
    row: sa.RowMapping | None,
    unknown: Callable[[], NotFound],
) -> None:
    """Pass with the right about the row's person. The work is the same whether there is a row or not."""
    rights.require(caller, right)
    held = await authorization.relations(session, caller, row["person_id"] if row else authorization.NOBODY)
    person = row["person_id"] if row else None
    if rights.decide(caller, right, held, person=person) is not None:
        return
    if right != READ and rights.decide(caller, READ, held, person=person) is not None:
        raise rights.missing(right)
    raise unknown()


def _unknown_plan() -> NotFound:
    return NotFound("plan-unknown", "There is no such plan, or none that you may see.")


def _unknown_follow_up() -> NotFound:
    return NotFound("follow-up-unknown", "There is no such follow-up, or none that you may see.")


def complete(row: Mapping[str, Any], activities: list[dict[str, Any]]) -> dict[str, Any]:
    """The plan as it is answered."""
    return {**row, "activities": activities, "warnings": representations.warnings(row["limits"], activities)}


async def follow_ups(
    session: AsyncSession, caller: Caller, wanted: Page, filters: Mapping[str, Any]
) -> dict[str, Any]:
    """A page of follow-ups; filters plan_id, person_id, state, days."""
    columns = [*follow_up.c, plan.c.person_id, plan.c.unit_code]
    select = sa.select(*columns).join(plan, plan.c.plan_id == follow_up.c.plan_id)
    select = select.where(await _visible(session, caller))
    for name, value in filters.items():
        if value is not None:
            select = select.where((plan if name == "person_id" else follow_up).c[name] == value)
    return await page(session, select, [follow_up.c.follow_up_id], wanted)


async def one_follow_up(
    session: AsyncSession, caller: Caller, follow_up_id: UUID, right: str = READ
) -> dict[str, Any]:
    """A follow-up; locked when it is to be changed. Problems as of plans, NotFound `follow-up-unknown`."""
    columns = [*follow_up.c, plan.c.person_id, plan.c.unit_code]
    select = sa.select(*columns).join(plan, plan.c.plan_id == follow_up.c.plan_id)
    select = select.where(follow_up.c.follow_up_id == follow_up_id)
    row = (await session.execute(select)).mappings().one_or_none()
    await _require(session, caller, right, row, _unknown_follow_up)
    if right != READ:
        row = (await session.execute(select.with_for_update(of=follow_up))).mappings().one()
    return dict(row or {})
