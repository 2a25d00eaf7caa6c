"""Reads of posts, each with whether it is the primary one of its person."""

from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.access.queries import POSTS, Condition, held_on, inside, sees_people, sees_posts
from services.registry.source_systems.queries import identifiers_of_post, posts_known_to_own, with_external_id
from services.registry.tables.people import person, post, post_version
from services.registry.tables.units import role, unit
from services.registry.tables.versions import from_their_first
from shared import clock
from shared.auth import rights
from shared.auth.caller import Caller
from shared.auth.rights import Reach
from shared.errors import NotFound
from shared.http.paging import Page, page

_END = ("end_reason", "end_destination")
_OF_VERSIONS = [column.name for column in post_version.c if column.name not in ("recorded_by", "withdrawn")]


def _select(caller: Caller, on: date) -> sa.Select[Any]:
    """Posts with role level and primary, as `primaries` defines it: on the day, or on the nearest day held."""
    rival = post.alias("rival")
    day = sa.func.least(sa.func.greatest(sa.literal(on), post.c.valid_from), post.c.valid_to)
    first = (
        sa.select(rival.c.post_id)
        .where(rival.c.person_id == post.c.person_id, held_on(rival, day))
        .order_by(rival.c.primary_claim.desc(), rival.c.acting, rival.c.valid_from, rival.c.post_id)
        .limit(1)
        .correlate(post)
        .scalar_subquery()
    )
    return (
        sa.select(
            post.c.post_id,
            post.c.version,
            identifiers_of_post(caller),
            post.c.person_id,
            post.c.unit_code,
            post.c.role_code,
            role.c.level,
            post.c.valid_from,
            post.c.valid_to,
            *_ends(caller, post, inside(caller)),
            post.c.acting,
            (post.c.post_id == first).label("primary"),
            post.c.manager_post_id,
        )
        .join(role, role.c.role_code == post.c.role_code)
        .join(unit, unit.c.unit_code == post.c.unit_code)
    )


def _ends(caller: Caller, table: sa.FromClause, within: Condition) -> list[sa.ColumnElement[Any]]:
    """Why a post ends and where the person goes, for those who keep posts and have its unit within theirs."""
    if Reach.UNITS not in rights.reaches(caller, "post.keep"):
        within = sa.false()
    return [sa.case((within, table.c[name])).label(name) for name in _END]


async def list_posts(
    session: AsyncSession,
    caller: Caller,
    wanted: Page,
    *,
    person_id: UUID | None = None,
    unit_code: str | None = None,
    under: str | None = None,
    role_code: str | None = None,
    external_id: str | None = None,
    system: str | None = None,
    on: date | None = None,
) -> dict[str, Any]:
    """One page of the posts that the caller may see; `on` keeps those held on that day."""
    select = _select(caller, on or clock.today()).where(await sees_posts(session, caller))
    for column, value in (("person_id", person_id), ("unit_code", unit_code), ("role_code", role_code)):
        if value is not None:
            select = select.where(post.c[column] == value)
    if under is not None:
        select = select.where(unit.c.path.contains([under]))
    if external_id is not None or system is not None:
        select = select.where(posts_known_to_own(caller, system, external_id))
    if on is not None:
        select = select.where(held_on(post, sa.literal(on)))
    found = await page(session, select, [post.c.post_id], wanted)
    return {**found, "items": [with_external_id(item) for item in found["items"]]}


async def posts_of(session: AsyncSession, caller: Caller, person_id: UUID) -> list[dict[str, Any]]:
    """All posts of a person, earliest first; check access to the person before."""
    select = _select(caller, clock.today()).where(post.c.person_id == person_id)
    rows = await session.execute(select.order_by(post.c.valid_from, post.c.post_id))
    return [with_external_id(row) for row in rows.mappings()]


async def get_post(session: AsyncSession, caller: Caller, post_id: UUID) -> dict[str, Any]:
    """A post that the caller may see. Raises NotFound `post-unknown`."""
    select = _select(caller, clock.today()).where(
        post.c.post_id == post_id, await sees_posts(session, caller)
    )
    row = (await session.execute(select)).mappings().one_or_none()
    if row is None:
        raise NotFound("post-unknown", "There is no such post, or none that you may see.")
    return with_external_id(row)


async def _require_versions(session: AsyncSession, caller: Caller, post_id: UUID) -> None:
    """Pass for a post, withdrawn or not, of a person that the caller may see. Raises NotFound `post-unknown`."""
    rights.require(caller, POSTS)
    whose = sa.union_all(
        *(sa.select(table.c.person_id).where(table.c.post_id == post_id) for table in (post, post_version))
    )
    seen = sa.select(person.c.person_id).where(
        person.c.person_id.in_(whose), await sees_people(session, caller)
    )
    if await session.scalar(seen.limit(1)) is None:
        raise NotFound("post-unknown", "There is no such post, or none that you may see.")


async def is_inside(session: AsyncSession, caller: Caller, post_id: UUID) -> bool:
    """Whether there is such a post, at a unit inside the caller's."""
    select = sa.select(post.c.post_id).join(unit, unit.c.unit_code == post.c.unit_code)
    return await session.scalar(select.where(post.c.post_id == post_id, inside(caller))) is not None


async def post_versions(session: AsyncSession, caller: Caller, post_id: UUID, wanted: Page) -> dict[str, Any]:
    """One page of everything the post ever was, oldest first. Raises NotFound `post-unknown`."""
    await _require_versions(session, caller, post_id)
    live = sa.select(*(post.c[name] for name in _OF_VERSIONS), sa.false().label("withdrawn"))
    earlier = sa.select(*(post_version.c[name] for name in _OF_VERSIONS), post_version.c.withdrawn)
    rows = sa.union_all(earlier, live).subquery()
    every = from_their_first(rows, rows.c.post_id == post_id)
    within = sa.exists(
        sa.select(unit.c.unit_code)
        .where(unit.c.unit_code == every.c.unit_code, inside(caller))
        .correlate(every)
    )
    shown = [column for column in every.c if column.name not in _END]
    select = sa.select(*shown, *_ends(caller, every, within))
    return await page(session, select, [every.c.version], wanted)
