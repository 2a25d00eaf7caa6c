"""Searches and reads of the resources as they are now; what the caller may not see is never counted either.

A page has Steward's records first, then the other resources of the directory, then at a hub the units of regions,
each in order of ids.
"""

from collections.abc import Callable, Collection
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.mcsd import terms
from services.registry.mcsd.queries import directory_resources as directory
from services.registry.mcsd.queries import matching
from services.registry.mcsd.queries import units_of_regions as regional
from services.registry.mcsd.queries.asked import Asked
from services.registry.mcsd.queries.conditions import PARAMETERS
from services.registry.mcsd.queries.matching import Period
from services.registry.mcsd.queries.visible import KINDS, RIGHTS, Kind, Resource, shown
from services.registry.mcsd.search_request import Search, cursor
from services.registry.mcsd.search_terms import Parameter, unescaped, uuids
from services.registry.tables.directory_resources import directory_resource
from services.registry.tables.units_of_regions import regional_unit
from shared import clock
from shared.auth import rights
from shared.errors import BadRequest, NotFound

# Before the id of the last one of a page: where it is from, in the order of a page. No code begins with a mark.
_RECORDS, _DIRECTORY, _REGIONS = _MARKS = ("", "/", "~")


class Found(NamedTuple):
    """One page: what matched, the cursor of the next page, and how many there are."""

    matches: list[Resource]
    after: str | None
    total: int | None


class _Source(NamedTuple):
    """Where resources of a kind are: the rows that match, their key, and what shows them."""

    select: sa.Select[Any]
    key: sa.ColumnElement[Any]
    mark: str
    show: Callable[[str, Any], Resource]


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
        matches += [source.show(search.kind, row) for row in rows[:room]]
        if after is not None:
            break
    return Found(matches, after, total)


async def _sources(session: AsyncSession, search: Search, asked: Asked) -> list[_Source]:
    found = []
    if (kind := KINDS.get(search.kind)) is not None:
        select = await kind.rows(session, asked.caller)
        conditions = [_condition(search.kind, each, asked) for each in search.conditions]
        found.append(_Source(select.where(*conditions), kind.key, _RECORDS, shown))
    if search.kind in terms.OF_DIRECTORY:
        conditions = [directory.condition(search.kind, each, asked) for each in search.conditions]
        select = directory.rows(search.kind).where(*conditions)
        found.append(_Source(select, directory_resource.c.resource_id, _DIRECTORY, _of_directory))
    if regional.are_shown(search.kind, asked):
        conditions = [regional.condition(search.kind, each, asked) for each in search.conditions]
        select = regional.rows().where(*conditions)
        found.append(_Source(select, regional_unit.c.resource_id, _REGIONS, regional.shown))
    return found


def _of_directory(_: str, row: Any) -> Resource:
    return directory.shown(row)


async def _count(session: AsyncSession, source: _Source) -> int:
    counted = source.select.with_only_columns(source.key).subquery()
    return int(await session.scalar(sa.select(sa.func.count()).select_from(counted)) or 0)


def _start(search: Search, source: _Source) -> str | None:
    """After which key the page begins in a source, "" at its beginning, None where it was read to its end."""
    after = search.after or ""
    mark = after[:1] if after[:1] in _MARKS else _RECORDS
    if mark == source.mark:
        return after.removeprefix(mark)
    return "" if _MARKS.index(mark) < _MARKS.index(source.mark) else None


async def _page(session: AsyncSession, kind: str, source: _Source, start: str, room: int) -> list[Any]:
    """Up to one row more than there is `room` for."""
    select = source.select
    if start:
        select = select.where(source.key > (_key(KINDS[kind], start) if source.mark == _RECORDS else start))
    found = await session.execute(select.order_by(source.key).limit(room + 1))
    return list(found.mappings())


def _cursor(source: _Source, last: Any) -> str:
    """Where the next page begins; without a last row at the beginning of the source."""
    key = "" if last is None else str(last[source.key.key or ""])
    return cursor([f"{source.mark}{key}"])


async def read(session: AsyncSession, kind: str, id_: str, asked: Asked, *, plain: bool = False) -> Resource:
    """One resource as it is now; `plain`: without what was sent. Raises NotFound `resource-unknown`."""
    if kind in KINDS:
        rows = await rows_by_keys(session, kind, keys_of(kind, [id_]), asked)
        if rows:
            return KINDS[kind].show(rows[0], clock.today()) if plain else shown(kind, rows[0])
    rights.require(asked.caller, RIGHTS[kind])
    found = await directory.by_ids(session, kind, [id_]) if kind in terms.OF_DIRECTORY else []
    if not found and regional.are_shown(kind, asked):
        found = await regional.by_ids(session, kind, [id_])
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
    found = await regional.by_ids(session, kind, left) if regional.are_shown(kind, asked) else []
    return records + await directory.by_ids(session, kind, left) + found


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
