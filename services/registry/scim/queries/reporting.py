"""Managers of users: who holds the post today that a post of theirs reports to, as far as the caller sees people.

It is the rule by which a leader sees their team (`access/queries.py`). Of several the one of the primary post
comes first. A manager whom the caller may not read is as if there were none, in filters too.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.access.queries import held_on, sees_people
from services.registry.scim.queries.attributes import Column, Path
from services.registry.tables.people import person, post
from shared import clock
from shared.auth.caller import Caller

Row = dict[str, Any]
_above = post.alias("above")
_own = post.alias("own")
_holder = person.alias("holder")


async def managers_of(
    session: AsyncSession, caller: Caller, rows: Iterable[Row]
) -> Mapping[UUID, sa.RowMapping]:
    """Of people with their `posts`, the manager of each who has one: `person_id`, `given_name`, `family_name`."""
    today = clock.today()
    reporting = {row["person_id"]: _reports(row["posts"]) for row in rows}
    wanted = {post_id for posts in reporting.values() for post_id in posts}
    if not wanted:
        return {}
    select = sa.select(_above.c.post_id, person.c.person_id, person.c.given_name, person.c.family_name)
    select = select.join(person, person.c.person_id == _above.c.person_id)
    held = held_on(_above, sa.literal(today))
    seen = await sees_people(session, caller)
    found = await session.execute(select.where(_above.c.post_id.in_(wanted), held, seen))
    holders = {row["post_id"]: row for row in found.mappings()}
    chosen = {
        person_id: next((holders[each] for each in posts if each in holders), None)
        for person_id, posts in reporting.items()
    }
    return {person_id: row for person_id, row in chosen.items() if row is not None}


def _reports(posts: Sequence[Row]) -> list[UUID]:
    """The posts that those of today report to, that of the primary one first."""
    today = clock.today()
    held = [
        each
        for each in posts
        if each["valid_from"] <= today and (each["valid_to"] is None or each["valid_to"] >= today)
    ]
    in_order = sorted(held, key=_rank)
    return [each["manager_post_id"] for each in in_order if each["manager_post_id"] is not None]


def _rank(each: Row) -> tuple[bool, bool, date, str]:
    """As `primary_post.py` has it."""
    return (not each["primary_claim"], each["acting"], each["valid_from"], str(each["post_id"]))


def attributes(seen: sa.ColumnElement[bool], location: str) -> dict[Path, Column]:
    """What filters and sorting find of managers who are `seen`; `location` is the address of all Users."""
    visible = sa.select(person.c.person_id).where(seen).correlate(None)
    today = sa.literal(clock.today())
    joined = _own.join(_above, _above.c.post_id == _own.c.manager_post_id)
    select = (
        sa.select(sa.cast(_above.c.person_id, sa.Text))
        .select_from(joined.join(_holder, _holder.c.person_id == _above.c.person_id))
        .where(_own.c.person_id == person.c.person_id, held_on(_own, today), held_on(_above, today))
        .where(_above.c.person_id.in_(visible))
        .order_by(_own.c.primary_claim.desc(), _own.c.acting, _own.c.valid_from, _own.c.post_id)
        .limit(1)
        .correlate(person)
    )
    value = select.scalar_subquery()
    name = sa.func.concat_ws(" ", _holder.c.given_name, _holder.c.family_name, type_=sa.Text)
    return {
        ("manager", "value"): value,
        ("manager", "ref"): sa.literal(f"{location}/") + value,
        ("manager", "display_name"): select.with_only_columns(name).scalar_subquery(),
    }
