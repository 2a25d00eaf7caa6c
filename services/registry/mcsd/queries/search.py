"""Searches and reads of the resources as they are now; what the caller may not see is never counted either."""

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.mcsd import terms
from services.registry.mcsd.queries import matching
from services.registry.mcsd.queries.conditions import PARAMETERS, Asked, uuids
from services.registry.mcsd.queries.matching import Period
from services.registry.mcsd.queries.visible import KINDS, Kind, Resource, shown
from services.registry.mcsd.search_request import Reference, Search, cursor
from services.registry.mcsd.search_terms import Parameter, unescaped
from services.registry.tables.people import post
from services.registry.tables.units import unit
from shared import clock
from shared.errors import BadRequest, NotFound

MOST_INCLUDED = 1000  # resources that come with those of a page

# The column that a reference is in, of the rows of its source.
_COLUMNS: dict[tuple[str, str], sa.ColumnElement[Any]] = {
    (terms.LOCATION, "organization"): unit.c.unit_code,
    (terms.LOCATION, "partof"): unit.c.parent,
    (terms.ORGANIZATION, "partof"): unit.c.parent,
    (terms.AFFILIATED, "primary-organization"): unit.c.parent,
    (terms.AFFILIATED, "participating-organization"): unit.c.unit_code,
    (terms.ROLE_OF, "practitioner"): post.c.person_id,
    (terms.ROLE_OF, "organization"): post.c.unit_code,
    (terms.ROLE_OF, "location"): post.c.unit_code,
}


class Found(NamedTuple):
    """One page: what matched, what came with it, the cursor of the next page, and how many there are."""

    matches: list[Resource]
    included: list[Resource]
    after: str | None
    total: int | None


async def find(session: AsyncSession, search: Search, asked: Asked) -> Found:
    """One page of a search in order of ids. Raises BadRequest `search-invalid`, `search-too-costly`."""
    kind = KINDS[search.kind]
    select = await kind.rows(session, asked.caller)
    for parameter in search.conditions:
        select = select.where(_condition(search.kind, parameter, asked))
    total = None
    if search.total:
        counted = select.with_only_columns(kind.key).subquery()
        total = await session.scalar(sa.select(sa.func.count()).select_from(counted))
    if search.after is not None:
        select = select.where(kind.key > _key(kind, search.after))
    rows: list[Any] = []
    if search.count:
        found = await session.execute(select.order_by(kind.key).limit(search.count + 1))
        rows = list(found.mappings())
    more = len(rows) > search.count
    rows = rows[: search.count]
    after = cursor([str(rows[-1][kind.key.key or ""])]) if more else None
    included = await _included(session, search, asked, rows)
    return Found([shown(search.kind, row) for row in rows], included, after, total)


async def read(session: AsyncSession, kind: str, id_: str, asked: Asked, *, plain: bool = False) -> Resource:
    """One resource as it is now; `plain`: without what was sent. Raises NotFound `resource-unknown`."""
    found = await _rows_by_keys(session, kind, keys_of(kind, [id_]), asked)
    if not found:
        raise unknown()
    return KINDS[kind].show(found[0], clock.today()) if plain else shown(kind, found[0])


def unknown() -> NotFound:
    """The refusal of what is not there, or not for this caller."""
    return NotFound("resource-unknown", "There is no such resource, or none that you may see.")


def keys_of(kind: str, ids: Collection[str]) -> list[Any]:
    """The keys of rows that ids mean."""
    return [terms.unit_of_id(each) for each in ids] if kind in terms.OF_UNITS else list(uuids(ids))


def _key(kind: Kind, text: str) -> Any:
    if kind.key.type.python_type is not UUID:
        return text
    try:
        return UUID(text)
    except ValueError:
        raise BadRequest("search-invalid", "Use the link of the page before as it was.") from None


def _condition(kind: str, parameter: Parameter, asked: Asked) -> matching.Condition:
    if parameter.name == "_id":
        ids = [unescaped(value) for value in parameter.values]
        return KINDS[kind].key.in_(keys_of(kind, ids))
    if parameter.name == "_lastUpdated":
        moment = KINDS[kind].recorded_at
        return matching.dates(parameter, Period(moment, moment))
    return PARAMETERS[kind][parameter.name](parameter, asked)


async def _included(
    session: AsyncSession, search: Search, asked: Asked, rows: Sequence[Any]
) -> list[Resource]:
    """What `_include` and `_revinclude` bring, each once and none that matched."""
    key = KINDS[search.kind].key.key or ""
    seen = {(search.kind, row[key]) for row in rows}
    included: list[Resource] = []
    for reference in search.include:
        column = _COLUMNS[reference.source, reference.parameter].key or ""
        wanted = {row[column] for row in rows if row[column] is not None}
        new = [each for each in sorted(wanted, key=str) if (reference.target, each) not in seen]
        seen.update((reference.target, each) for each in new)
        included += await _by_keys(session, reference.target, new, asked)
    for reference in search.revinclude:
        for row, resource in await _referring(session, reference, [row[key] for row in rows], asked):
            own = row[KINDS[reference.source].key.key or ""]
            if (reference.source, own) not in seen:
                seen.add((reference.source, own))
                included.append(resource)
    if len(included) > MOST_INCLUDED:
        raise _too_many()
    return included


async def _by_keys(session: AsyncSession, kind: str, keys: Sequence[Any], asked: Asked) -> list[Resource]:
    return [shown(kind, row) for row in await _rows_by_keys(session, kind, keys, asked)]


async def _rows_by_keys(session: AsyncSession, kind: str, keys: Sequence[Any], asked: Asked) -> list[Any]:
    if not keys:
        return []
    found = KINDS[kind]
    select = (await found.rows(session, asked.caller)).where(found.key.in_(keys)).order_by(found.key)
    return list((await session.execute(select)).mappings())


async def _referring(
    session: AsyncSession, reference: Reference, keys: Sequence[Any], asked: Asked
) -> list[tuple[Any, Resource]]:
    if not keys:
        return []
    found = KINDS[reference.source]
    column = _COLUMNS[reference.source, reference.parameter]
    select = (await found.rows(session, asked.caller)).where(column.in_(keys))
    rows = (await session.execute(select.order_by(found.key).limit(MOST_INCLUDED + 1))).mappings().all()
    if len(rows) > MOST_INCLUDED:
        raise _too_many()
    return [(row, shown(reference.source, row)) for row in rows]


def _too_many() -> BadRequest:
    detail = f"More than {MOST_INCLUDED} resources would come with the page; ask for fewer matches."
    return BadRequest("search-too-costly", detail)
