"""A search at the root: users and groups as one collection (RFC 7644 section 3.4.2.1)."""

from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from scim2_models import ScimFilter, SearchRequest
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.scim.queries.attributes import Column
from services.registry.scim.queries.filters import Condition
from services.registry.scim.queries.groups import matching_groups, read_groups
from services.registry.scim.queries.order import Order, sorted_by
from services.registry.scim.queries.pages import Found, page_of
from services.registry.scim.queries.users import Asker, matching_users, read_users
from services.registry.tables.people import person

USER, GROUP = 0, 1


class Models(NamedTuple):
    """The models of both, which filters and sorting are read by."""

    user: Any
    group: Any


class _Part(NamedTuple):
    number: int
    id: Column
    sort: Column | None
    source: sa.FromClause
    where: list[Condition]


async def find_everything(
    session: AsyncSession,
    asker: Asker,
    search: SearchRequest[Any],
    models: Models,
    base_url: str,
    position: Any,
) -> Found:
    """The page that a search asks for, users before groups where both sort alike.

    Each row has `kind`, `USER` or `GROUP`, beside what a search of that kind alone finds. Raises as `find_users`.
    """
    parts = [
        await _users(session, asker, search, models.user, base_url),
        await _groups(session, asker, search, models.group, base_url),
    ]
    kind = next((each.sort.type for each in parts if each.sort is not None), None)
    every = sa.union_all(*(_rows(each, kind) for each in parts)).subquery("everything")
    sort: Column | None = None if kind is None else every.c.sort
    if sort is not None and isinstance(sort.type, sa.Text | sa.String):
        sort = sort.collate("C")
    descending = search.sort_order == SearchRequest.SortOrder.descending
    order = Order(sort, descending, (every.c.kind, every.c.id))
    counted = sa.select(sa.func.count()).select_from(every)
    page = await page_of(session, search, order, sa.select(every.c.kind, every.c.id), counted, position)
    return page._replace(rows=await _read(session, asker, page.rows))


def _rows(part: _Part, kind: Any) -> sa.Select[Any]:
    columns: list[Column] = [sa.literal(part.number).label("kind"), part.id.label("id")]
    if kind is not None:
        sort = sa.cast(sa.null(), kind) if part.sort is None else part.sort
        columns.append(sort.label("sort"))
    return sa.select(*columns).select_from(part.source).where(*part.where)


async def _users(
    session: AsyncSession, asker: Asker, search: SearchRequest[Any], model: Any, base_url: str
) -> _Part:
    found = await matching_users(session, asker, _filter(search, model), f"{base_url}/Users")
    identity = sa.cast(person.c.person_id, sa.Text)
    return _Part(USER, identity, sorted_by(search, model, found.known), found.sources, found.where)


async def _groups(
    session: AsyncSession, asker: Asker, search: SearchRequest[Any], model: Any, base_url: str
) -> _Part:
    groups, known, where = await matching_groups(
        session, asker.caller, _filter(search, model), f"{base_url}/Groups"
    )
    return _Part(GROUP, groups.c.id, sorted_by(search, model, known), groups, where)


def _filter(search: SearchRequest[Any], model: Any) -> ScimFilter[Any] | None:
    """The filter read by one model: what that does not declare matches none of its resources."""
    return None if search.filter is None else ScimFilter[model](str(search.filter))


async def _read(session: AsyncSession, asker: Asker, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    people = [UUID(row["id"]) for row in rows if row["kind"] == USER]
    groups = [row["id"] for row in rows if row["kind"] == GROUP]
    found: dict[tuple[int, str], dict[str, Any]] = {}
    if people:
        found |= {(USER, str(row["person_id"])): row for row in await read_users(session, asker, people)}
    if groups:
        found |= {(GROUP, row["id"]): row for row in await read_groups(session, asker.caller, groups)}
    known = ((row["kind"], found.get((row["kind"], row["id"]))) for row in rows)
    return [{**row, "kind": kind} for kind, row in known if row is not None]
