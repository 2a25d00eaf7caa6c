"""Reads of users: people that the caller may see, with what SCIM says of them."""

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from scim2_models import ScimFilter, SearchRequest
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.access.queries import may_keep, may_see, sees_people
from services.registry.scim.post_changes import with_since
from services.registry.scim.queries import reporting
from services.registry.scim.queries.attributes import (
    Attributes,
    active_shown,
    attributes,
    created,
    external_id,
    family_name_shown,
    is_active,
    is_there,
    sources,
    user_name,
)
from services.registry.scim.queries.filters import Condition, Conditions, user_key, uuid_or_none
from services.registry.scim.queries.order import ordering
from services.registry.scim.queries.pages import Found, page_of
from services.registry.tables.identifiers import identified_person
from services.registry.tables.people import person, post
from services.registry.tables.scim import scim_account, scim_profile
from services.registry.tables.units import role
from shared.auth.caller import Caller
from shared.errors import NotFound

Row = dict[str, Any]


class Asker(NamedTuple):
    """Who asks: the caller, and the id of the source system whose names for people it is shown."""

    caller: Caller
    system: str | None


async def get_user(session: AsyncSession, asker: Asker, user_id: str, *, keeping: bool) -> Row:
    """One person with `posts`; `keeping` asks for the right to change the record, and locks it.

    Raises NotFound `person-unknown`, Forbidden `role-missing`.
    """
    person_id = uuid_or_none(user_id)
    if person_id is None:
        raise _unknown()
    await (may_keep if keeping else may_see)(session, asker.caller, person_id)
    if keeping:
        own = sa.select(person.c.person_id).where(person.c.person_id == person_id)
        await session.execute(own.with_for_update())
    row = await read_user(session, asker, person_id)
    if row["deleted"] and not row["active"]:
        raise _unknown()
    return row


async def read_user(session: AsyncSession, asker: Asker, person_id: UUID) -> Row:
    """One person with `posts`, whom SCIM deleted too; for who has asked for the right already."""
    select = _select(asker.system).where(person.c.person_id == person_id)
    row = (await session.execute(select)).mappings().one()
    return (await _whole(session, asker, [dict(row)]))[0]


async def find_users(
    session: AsyncSession, asker: Asker, search: SearchRequest[Any], model: Any, location: str, position: Any
) -> Found:
    """The page of people that a search asks for; only those that the caller may see.

    Raises InvalidFilterException for a filter that is too long, InvalidCursorException, Forbidden `role-missing`.
    """
    found = await matching_users(session, asker, search.filter, location)
    order = ordering(search, model, found.known, person.c.person_id)
    select = _select(asker.system).where(*found.where)
    page = await page_of(session, search, order, select, found.counted, position)
    return page._replace(rows=await _whole(session, asker, page.rows))


class Matching(NamedTuple):
    """What holds of the users of a search, of rows of `sources`."""

    sources: sa.FromClause
    where: list[Condition]
    known: Attributes

    @property
    def counted(self) -> sa.Select[Any]:
        """How many there are."""
        return sa.select(sa.func.count()).select_from(self.sources).where(*self.where)


async def matching_users(
    session: AsyncSession, asker: Asker, filter_: ScimFilter[Any] | None, location: str
) -> Matching:
    """The users that the caller may see and a filter finds. Raises as `find_users`."""
    seen = await sees_people(session, asker.caller)
    known = attributes(asker.system, location)
    known = Attributes({**known.single, **reporting.attributes(seen, location)}, known.several)
    where = [seen, is_there()]
    if filter_ is not None:
        where.append(_condition(filter_, known, asker.system))
    return Matching(sources(asker.system), where, known)


async def read_users(session: AsyncSession, asker: Asker, ids: Sequence[UUID]) -> list[Row]:
    """People as `read_user`, in any order."""
    select = _select(asker.system).where(person.c.person_id.in_(ids))
    return await _whole(session, asker, [dict(row) for row in (await session.execute(select)).mappings()])


def _condition(filter_: ScimFilter[Any], known: Attributes, system: str | None) -> Condition:
    lookups = {
        "id": _by_id,
        "external_id": lambda value: _by_external_id(system, value),
        "user_name": lambda value: _by_user_name(system, value),
    }
    return Conditions(filter_, known, lookups).visit(filter_.ast)


def _by_id(value: str) -> Condition:
    known = uuid_or_none(value)
    return person.c.person_id == known if known is not None else sa.false()


def _by_external_id(system: str | None, value: str) -> Condition:
    of_system = sa.and_(identified_person.c.value == value, identified_person.c.system_id == system)
    return person.c.person_id.in_(sa.select(identified_person.c.person_id).where(of_system))


def _by_user_name(system: str | None, value: str) -> Condition:
    key = user_key(value)
    named = sa.select(scim_account.c.person_id)
    found = named.where(scim_account.c.user_key == key, scim_account.c.system_id == system)
    unnamed = uuid_or_none(key)
    if unnamed is None:
        return person.c.person_id.in_(found)
    has_name = named.where(scim_account.c.person_id == unnamed, scim_account.c.system_id == system)
    itself = sa.select(sa.cast(unnamed, sa.Uuid)).where(~sa.exists(has_name))
    return person.c.person_id.in_(sa.union_all(found, itself))


def _select(system: str | None) -> sa.Select[Any]:
    profile = [column for column in scim_profile.c if column.name not in _NOT_SHOWN]
    columns = [
        column for column in person.c if column.name not in ("source", "external_id", "line_digest", "erased")
    ]
    return sa.select(
        *columns,
        *profile,
        scim_account.c.employee_number,
        scim_account.c.user_name.label("given_user_name"),
        user_name().label("user_name"),
        external_id(system).label("external_id"),
        created().label("created"),
        is_active().label("active"),
        active_shown().label("active_shown"),
        family_name_shown().label("family_name_shown"),
    ).select_from(sources(system))


_NOT_SHOWN = ("person_id", "recorded_at", "recorded_by")


async def _whole(session: AsyncSession, asker: Asker, rows: list[Row]) -> list[Row]:
    """The rows with all `posts` of each person, and the `manager` whom the caller may see."""
    held = await _with_posts(session, rows)
    found = await reporting.managers_of(session, asker.caller, held)
    return [{**row, "manager": found.get(row["person_id"])} for row in held]


async def _with_posts(session: AsyncSession, rows: list[Row]) -> list[Row]:
    """The rows with all `posts` of each person."""
    ids = [row["person_id"] for row in rows]
    select = sa.select(post, role.c.level).join(role, role.c.role_code == post.c.role_code)
    select = select.where(post.c.person_id.in_(ids)).order_by(post.c.valid_from, post.c.post_id)
    held: dict[UUID, list[Row]] = {person_id: [] for person_id in ids}
    for found in (await session.execute(select)).mappings():
        held[found["person_id"]].append(dict(found))
    return [{**row, "posts": with_since(held[row["person_id"]])} for row in rows]


def _unknown() -> NotFound:
    return NotFound("person-unknown", "There is no such person, or none that you may see.")
