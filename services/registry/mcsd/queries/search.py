"""Searches and reads of the resources as they are now; what the caller may not see is never counted either.

A page has Steward's records first, then the other resources of the directory, each in order of ids.
"""

from collections.abc import Collection
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.mcsd import terms
from services.registry.mcsd.queries import directory_resources as directory
from services.registry.mcsd.queries import matching
from services.registry.mcsd.queries.asked import Asked
from services.registry.mcsd.queries.conditions import PARAMETERS, uuids
from services.registry.mcsd.queries.matching import Period
from services.registry.mcsd.queries.visible import KINDS, RIGHTS, Kind, Resource, shown
from services.registry.mcsd.search_request import Search, cursor
from services.registry.mcsd.search_terms import Parameter, unescaped
from services.registry.tables.directory_resources import directory_resource
from shared import clock
from shared.auth import rights
from shared.errors import BadRequest, NotFound

_BEHIND = "/"  # before the id of the last one of a page that is none of Steward's records: no code begins so


class Found(NamedTuple):
    """One page: what matched, the cursor of the next page, and how many there are."""

    matches: list[Resource]
    after: str | None
    total: int | None


class _Source(NamedTuple):
    """Where resources of a kind are: the rows that match, their key, and what shows them."""

    select: sa.Select[Any]
    key: sa.ColumnElement[Any]
    records: bool


async def find(session: AsyncSession, search: Search, asked: Asked) -> Found:
    """One page of a search. Raises BadRequest `search-invalid`."""
    rights.require(asked.caller, RIGHTS[search.kind])
    sources = await _sources(session, search, asked)
    total = sum([await _count(session, each) for each in sources]) if search.total else None
    matches: list[Resource] = []
    after = None
    for source in sources if search.count else []:
        start = _start(search, source)
        if start is None:
            continue
        room = search.count - len(matches)
        rows = await _page(session, search.kind, source, start, room)
        if len(rows) > room:
            after = _cursor(source, rows[room - 1] if room else None)
        matches += [_resource(search.kind, source, row) for row in rows[:room]]
        if after is not None:
            break
    return Found(matches, after, total)


async def _sources(session: AsyncSession, search: Search, asked: Asked) -> list[_Source]:
    found = []
    if (kind := KINDS.get(search.kind)) is not None:
        select = await kind.rows(session, asked.caller)
        conditions = [_condition(search.kind, each, asked) for each in search.conditions]
        found.append(_Source(select.where(*conditions), kind.key, records=True))
    if search.kind in terms.OF_DIRECTORY:
        conditions = [directory.condition(search.kind, each, asked) for each in search.conditions]
        select = directory.rows(search.kind).where(*conditions)
        found.append(_Source(select, directory_resource.c.resource_id, records=False))
    return found


async def _count(session: AsyncSession, source: _Source) -> int:
    counted = source.select.with_only_columns(source.key).subquery()
    return int(await session.scalar(sa.select(sa.func.count()).select_from(counted)) or 0)


def _start(search: Search, source: _Source) -> str | None:
    """After which key the page begins in a source, "" at its beginning, None where it was read to its end."""
    behind = search.after is not None and search.after.startswith(_BEHIND)
    if search.after is None or (not behind and not source.records):
        return ""
    if behind:
        return None if source.records else search.after.removeprefix(_BEHIND)
    return search.after


async def _page(session: AsyncSession, kind: str, source: _Source, start: str, room: int) -> list[Any]:
    """Up to one row more than there is `room` for."""
    select = source.select
    if start:
        select = select.where(source.key > (_key(KINDS[kind], start) if source.records else start))
    found = await session.execute(select.order_by(source.key).limit(room + 1))
    return list(found.mappings())


def _cursor(source: _Source, last: Any) -> str:
    """Where the next page begins; without a last row at the beginning of the source."""
    key = "" if last is None else str(last[source.key.key or ""])
    return cursor([key if source.records else f"{_BEHIND}{key}"])


def _resource(kind: str, source: _Source, row: Any) -> Resource:
    return shown(kind, row) if source.records else directory.shown(row)


async def read(session: AsyncSession, kind: str, id_: str, asked: Asked, *, plain: bool = False) -> Resource:
    """One resource as it is now; `plain`: without what was sent. Raises NotFound `resource-unknown`."""
    if kind in KINDS:
        rows = await rows_by_keys(session, kind, keys_of(kind, [id_]), asked)
        if rows:
            return KINDS[kind].show(rows[0], clock.today()) if plain else shown(kind, rows[0])
    rights.require(asked.caller, RIGHTS[kind])
    found = await directory.by_ids(session, kind, [id_]) if kind in terms.OF_DIRECTORY else []
    if not found:
        raise unknown()
    return found[0]


async def read_several(
    session: AsyncSession, kind: str, ids: Collection[str], asked: Asked
) -> list[Resource]:
    """Those resources of the ids that there are and that the caller may see."""
    records = []
    if kind in KINDS:
        rows = await rows_by_keys(session, kind, keys_of(kind, ids), asked)
        records = [shown(kind, row) for row in rows]
    if kind not in terms.OF_DIRECTORY:
        return records
    rights.require(asked.caller, RIGHTS[kind])
    left = set(ids) - {each["id"] for each in records}
    return records + await directory.by_ids(session, kind, left)


def unknown() -> NotFound:
    """The refusal of what is not there, or not for this caller."""
    return NotFound("resource-unknown", "There is no such resource, or none that you may see.")


def keys_of(kind: str, ids: Collection[str]) -> list[Any]:
    """The keys of records that ids mean."""
    return [terms.unit_of_id(each) for each in ids] if kind in terms.OF_DIRECTORY else list(uuids(ids))


async def rows_by_keys(session: AsyncSession, kind: str, keys: Collection[Any], asked: Asked) -> list[Any]:
    """Rows of records, in order of keys."""
    if not keys:
        return []
    found = KINDS[kind]
    select = (await found.rows(session, asked.caller)).where(found.key.in_(keys)).order_by(found.key)
    return list((await session.execute(select)).mappings())


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
