"""Reads of the resources of the directory that are none of Steward's records: searched, by id, by version.

They are no secret, as units are none. By name those of the caller's own units are found, and those of no unit.
"""

from collections.abc import Collection, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.access.queries import inside
from services.registry.mcsd import directory_resource, directory_terms, terms
from services.registry.mcsd.queries import matching
from services.registry.mcsd.queries.asked import Asked
from services.registry.mcsd.queries.matching import Condition, Period
from services.registry.mcsd.queries.wanted_versions import wanted_versions
from services.registry.mcsd.search_terms import Parameter, flag, referred, unescaped
from services.registry.tables.directory_resources import directory_resource as resource
from services.registry.tables.directory_resources import directory_resource_version as version
from services.registry.tables.units import unit

Row = Any
Resource = dict[str, Any]
_SHOWN = ("kind", "resource_id", "version", "body", "recorded_at")


def rows(kind: str) -> sa.Select[Any]:
    """The resources of a kind. A unit that is recorded later under the id of one takes its place."""
    select = sa.select(*(resource.c[name] for name in _SHOWN)).where(resource.c.kind == kind)
    if kind not in terms.OF_UNITS:
        return select
    recorded = sa.select(unit.c.unit_code).where(unit.c.unit_code == resource.c.resource_id)
    return select.where(~sa.exists(recorded.correlate(resource)))


def condition(kind: str, parameter: Parameter, asked: Asked) -> Condition:
    """A search parameter of a kind, as it holds of these resources. Raises BadRequest `search-invalid`."""
    name = parameter.name
    if name == "_id":
        return resource.c.resource_id.in_([unescaped(value) for value in parameter.values])
    if name == "_lastUpdated":
        return matching.dates(parameter, Period(resource.c.recorded_at, resource.c.recorded_at))
    if name == "name":
        return sa.and_(matching.string(parameter, [sa.func.coalesce(resource.c.name, "")]), _own(asked))
    if name == "near":
        return matching.near(parameter, resource.c.latitude, resource.c.longitude)
    if name == "date":
        return matching.dates(parameter, _period())
    if name == "active":
        return _active(parameter)
    for each in directory_terms.REFERENCES[kind]:
        if each.parameter == name:
            return _has(
                [
                    f"{name}={each.target}/{referred(parameter, value, each.target, asked.bases)}"
                    for value in parameter.values
                ]
            )
    return matching.tokens(parameter, lambda token: _has([directory_terms.wanted(name, token)]))


async def by_ids(session: AsyncSession, kind: str, ids: Collection[str]) -> list[Resource]:
    """Those of the ids that there are, in order of ids."""
    if not ids:
        return []
    select = rows(kind).where(resource.c.resource_id.in_(list(ids))).order_by(resource.c.resource_id)
    return [shown(row) for row in (await session.execute(select)).mappings()]


def referring(kind: str, parameter: str, references: Sequence[str]) -> sa.Select[Any]:
    """Those of a kind that refer to one of `references`, such as `Location/E1A`, in order of ids."""
    found = rows(kind).where(_has([f"{parameter}={each}" for each in references]))
    return found.order_by(resource.c.resource_id)


def shown(row: Row) -> Resource:
    """A row as its resource."""
    return directory_resource.shown(row["kind"], row)


async def versions(session: AsyncSession, kind: str, pairs: Sequence[tuple[str, int]]) -> dict[int, Resource]:
    """By the place of a pair of id and version, the resource as it was then."""
    if not pairs:
        return {}
    every = _every()
    wanted = wanted_versions(pairs, every.c.resource_id.type)
    same = sa.and_(every.c.resource_id == wanted.c.key, every.c.version == wanted.c.version)
    select = sa.select(wanted.c.place, every).join(every, sa.and_(same, every.c.kind == kind))
    return {row["place"] - 1: shown(row) for row in (await session.execute(select)).mappings()}


async def versions_of(session: AsyncSession, kind: str, id_: str, most: int) -> list[Resource]:
    """The newest `most` versions of one resource, newest first."""
    every = _every()
    mine = sa.select(every).where(every.c.kind == kind, every.c.resource_id == id_)
    select = mine.order_by(every.c.version.desc()).limit(most)
    return [shown(row) for row in (await session.execute(select)).mappings()]


def _every() -> sa.Subquery:
    parts = (sa.select(*(table.c[name] for name in _SHOWN)) for table in (resource, version))
    return sa.union_all(*parts).subquery("every")


def _has(wanted: Sequence[str]) -> Condition:
    found: Condition = resource.c.terms.overlap(sa.cast(list(wanted), ARRAY(sa.Text)))
    return found


def _active(parameter: Parameter) -> Condition:
    return matching.tokens(
        parameter, lambda token: _has([f"active=|{str(flag(parameter, token.code or '')).lower()}"])
    )


def _own(asked: Asked) -> Condition:
    mine = sa.select(unit.c.unit_code).where(unit.c.unit_code == resource.c.unit_code, inside(asked.caller))
    return sa.or_(resource.c.unit_code.is_(None), sa.exists(mine.correlate(resource)))


def _period() -> Period:
    moment = sa.DateTime(timezone=True)
    start = sa.func.coalesce(resource.c.begins, sa.literal_column("date '0001-01-01'"))
    return Period(sa.cast(start, moment), sa.cast(resource.c.ends + 1, moment))
