"""Reads of groups: everybody who holds a post in one role at one unit today, as far as the caller sees posts."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from scim2_models import ScimFilter, SearchRequest
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.access.queries import held_on, sees_posts
from services.registry.scim.queries.attributes import Attributes
from services.registry.scim.queries.filters import Condition, Conditions
from services.registry.scim.queries.order import ordering
from services.registry.scim.queries.pages import Found, page_of
from services.registry.tables.people import post
from services.registry.tables.units import unit
from shared import clock
from shared.auth.caller import Caller
from shared.errors import NotFound

Row = dict[str, Any]
_ID = post.c.unit_code + ":" + post.c.role_code


async def get_group(session: AsyncSession, caller: Caller, group_id: str) -> Row:
    """One group with the ids of its `members`. Raises NotFound `group-unknown`, Forbidden `role-missing`."""
    seen = await _seen(session, caller)
    unit_code, _, role_code = group_id.rpartition(":")
    own = sa.and_(seen, post.c.unit_code == unit_code, post.c.role_code == role_code)
    found = (await session.execute(sa.select(_groups(own)))).mappings().one_or_none()
    if found is None:
        raise NotFound("group-unknown", "There is no such group, or none that you may see.")
    return dict(found)


async def find_groups(
    session: AsyncSession,
    caller: Caller,
    search: SearchRequest[Any],
    model: Any,
    location: str,
    position: Any,
) -> Found:
    """The page of groups that a search asks for. Raises as `find_users`."""
    groups, known, where = await matching_groups(session, caller, search.filter, location)
    order = ordering(search, model, known, groups.c.id)
    counted = sa.select(sa.func.count()).select_from(groups).where(*where)
    return await page_of(session, search, order, sa.select(groups).where(*where), counted, position)


async def matching_groups(
    session: AsyncSession, caller: Caller, filter_: ScimFilter[Any] | None, location: str
) -> tuple[sa.Subquery, Attributes, list[Condition]]:
    """The groups that the caller may see, what a search may name of them, and what a filter asks of them."""
    groups = _groups(await _seen(session, caller))
    known = _attributes(groups, location)
    where = [] if filter_ is None else [Conditions(filter_, known, {}).visit(filter_.ast)]
    return groups, known, where


async def read_groups(session: AsyncSession, caller: Caller, ids: Sequence[str]) -> list[Row]:
    """Those of the groups that the caller may see, in any order."""
    groups = _groups(sa.and_(await _seen(session, caller), _ID.in_(ids)))
    return [dict(row) for row in (await session.execute(sa.select(groups))).mappings()]


async def _seen(session: AsyncSession, caller: Caller) -> Condition:
    return sa.and_(await sees_posts(session, caller), held_on(post, sa.literal(clock.today())))


def _groups(seen: Condition) -> sa.Subquery:
    """Posts that the caller sees, by unit and role; a group has the version of its posts."""
    people = sa.func.array_agg(sa.distinct(sa.cast(post.c.person_id, sa.Text)), type_=ARRAY(sa.Text))
    posts = sa.func.array_agg(aggregate_order_by(post.c.post_id, post.c.post_id))
    select = (
        sa.select(
            _ID.label("id"),
            people.label("members"),
            sa.func.min(post.c.recorded_at).label("created"),
            sa.func.max(post.c.recorded_at).label("last_modified"),
            sa.func.concat('W/"', sa.func.md5(sa.cast(posts, sa.Text)), '"').label("version"),
        )
        .join(unit, unit.c.unit_code == post.c.unit_code)
        .where(seen)
    )
    return select.group_by(post.c.unit_code, post.c.role_code).subquery("groups")


def _attributes(groups: sa.Subquery, location: str) -> Attributes:
    columns = groups.c
    single = {
        ("id", None): columns.id,
        ("display_name", None): columns.id,
        ("meta", "resource_type"): sa.literal("Group"),
        ("meta", "created"): columns.created,
        ("meta", "last_modified"): columns.last_modified,
        ("meta", "version"): columns.version,
        ("meta", "location"): sa.literal(f"{location}/") + columns.id,
    }
    members = sa.func.unnest(columns.members).table_valued("value", name="member").render_derived()
    value, kind = sa.cast(members.c.value, sa.Text).label("value"), sa.literal("User").label("type")
    urn = sa.literal("urn:ietf:params:scim:schemas:core:2.0:Group").label("value")
    several = {
        "members": sa.select(value, kind).correlate(groups).lateral("each"),
        "schemas": sa.select(urn).correlate(groups).lateral("declared"),
    }
    return Attributes(single, several)
