"""Who sees and changes which people: role x subtree x relationship, as conditions on the tables.

HRIS sees and writes people whose present or coming posts lie inside its units, those without such
a post by their last ones, and those without any post that it recorded itself. Programme managers
see people with a post inside their units today. Everybody sees themselves and their team.
"""

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.tables.people import person, post
from services.registry.tables.units import unit
from shared import clock
from shared.access import caller_person
from shared.auth.caller import Caller
from shared.errors import Forbidden, NotFound

Condition = sa.ColumnElement[bool]
READERS = ("hris", "programme-manager", "leader")


def held_on(table: sa.FromClause, day: sa.ColumnElement[Any]) -> Condition:
    """Whether a post is held on `day`."""
    return sa.and_(table.c.valid_from <= day, sa.or_(table.c.valid_to.is_(None), table.c.valid_to >= day))


def inside(caller: Caller) -> Condition:
    """Whether the joined unit lies inside the caller's units."""
    overlaps: Condition = unit.c.path.overlap(sa.cast(list(caller.units), unit.c.path.type))
    return overlaps


def everywhere(caller: Caller) -> Condition:
    """Whether the caller's units include the root."""
    root = sa.select(unit.c.unit_code).where(unit.c.parent.is_(None), unit.c.unit_code.in_(caller.units))
    return sa.exists(root)


async def team_of(session: AsyncSession, caller: Caller) -> tuple[UUID | None, Condition]:
    """The caller's own person, and whether a post belongs to them or reports to a post of theirs today."""
    own = await caller_person(session, caller)
    if own is None:
        return None, sa.false()
    mine = post.alias("mine")
    today = sa.literal(clock.today())
    posts = sa.select(mine.c.post_id).where(mine.c.person_id == own, held_on(mine, today))
    reports = sa.and_(post.c.manager_post_id.in_(posts), held_on(post, today))
    return own, sa.or_(post.c.person_id == own, reports)


async def sees_people(session: AsyncSession, caller: Caller) -> Condition:
    """A condition on `person` for what the caller may read. Raises Forbidden `role-missing`."""
    caller.require(*READERS)
    own, team = await team_of(session, caller)
    ways: list[Condition] = [person.c.person_id.in_(sa.select(post.c.person_id).where(team))]
    if own is not None:
        ways.append(person.c.person_id == own)
    if "hris" in caller.roles:
        ways.append(keeps_people(caller))
    if "programme-manager" in caller.roles:
        ways.append(sa.exists(_posts_inside(caller).where(held_on(post, sa.literal(clock.today())))))
    return sa.or_(*ways)


def keeps_people(caller: Caller) -> Condition:
    """A condition on `person` for the records that an HRIS caller keeps."""
    lasting = sa.or_(post.c.valid_to.is_(None), post.c.valid_to >= clock.today())
    posts = sa.select(post.c.post_id).where(post.c.person_id == person.c.person_id)
    earlier = sa.and_(~sa.exists(posts.where(lasting)), sa.exists(_posts_inside(caller)))
    return sa.or_(
        everywhere(caller),
        sa.exists(_posts_inside(caller).where(lasting)),
        earlier,
        sa.and_(person.c.source == caller.subject_key, ~sa.exists(posts)),
    )


async def sees_posts(session: AsyncSession, caller: Caller) -> Condition:
    """A condition on `post` joined with `unit` for what the caller may read."""
    caller.require(*READERS)
    _, team = await team_of(session, caller)
    return (
        sa.or_(team, inside(caller)) if not caller.roles.isdisjoint(("hris", "programme-manager")) else team
    )


async def may_see(session: AsyncSession, caller: Caller, person_id: UUID) -> None:
    """Raises NotFound `person-unknown` unless the caller may read the person: nobody learns who exists."""
    await _require(session, person_id, await sees_people(session, caller))


async def may_keep(session: AsyncSession, caller: Caller, person_id: UUID) -> None:
    """Raises Forbidden `role-missing`, or NotFound `person-unknown` unless the caller keeps the record."""
    caller.require("hris")
    await _require(session, person_id, keeps_people(caller))


async def require_everywhere(session: AsyncSession, caller: Caller) -> None:
    """Raises Forbidden `unit-out-of-scope` unless the caller's units include the root."""
    if not await session.scalar(sa.select(everywhere(caller))):
        raise Forbidden("unit-out-of-scope", "This needs the whole tree in your units.")


async def _require(session: AsyncSession, person_id: UUID, condition: Condition) -> None:
    select = sa.select(person.c.person_id).where(person.c.person_id == person_id, condition)
    if await session.scalar(select) is None:
        raise NotFound("person-unknown", "There is no such person, or none that you may see.")


def _posts_inside(caller: Caller) -> sa.Select[tuple[UUID]]:
    return (
        sa.select(post.c.post_id)
        .join(unit, unit.c.unit_code == post.c.unit_code)
        .where(post.c.person_id == person.c.person_id, inside(caller))
        .correlate(person)
    )
