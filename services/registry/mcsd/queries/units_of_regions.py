"""Reads of regions' units at a hub: searched, by id, by version.

They are no secret, as the hub's own units are none. By name they are found by whose units are the whole nation.
"""

from collections.abc import Callable, Collection, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.access.queries import everywhere
from services.registry.mcsd import resources_of_regions, terms
from services.registry.mcsd.queries import matching
from services.registry.mcsd.queries.asked import Asked
from services.registry.mcsd.queries.matching import Condition, Period
from services.registry.mcsd.queries.wanted_versions import wanted_versions
from services.registry.mcsd.search_terms import Parameter, Token, referred, unescaped
from services.registry.tables.units_of_regions import regional_unit as unit
from services.registry.tables.units_of_regions import regional_unit_version as version
from shared import clock

Resource = dict[str, Any]


def are_shown(kind: str, asked: Asked) -> bool:
    """Whether this server shows units of regions as a `kind`."""
    return asked.of_regions and kind in resources_of_regions.KINDS


def rows() -> sa.Select[Any]:
    """The units that regions have."""
    return sa.select(unit).where(~unit.c.withdrawn)


def condition(kind: str, parameter: Parameter, asked: Asked) -> Condition:
    """A search parameter of a kind, as it holds of these units. Raises BadRequest `search-invalid`."""
    name = parameter.name
    if name == "_id":
        return unit.c.resource_id.in_([unescaped(value) for value in parameter.values])
    if name == "_lastUpdated":
        return matching.dates(parameter, Period(unit.c.recorded_at, unit.c.recorded_at))
    if name == "name":
        named = matching.string(parameter, [sa.func.coalesce(unit.c.name, unit.c.unit_code)])
        return sa.and_(named, everywhere(asked.caller))
    if name in ("partof", "organization"):
        column = unit.c.parent_id if name == "partof" else unit.c.resource_id
        target = terms.ORGANIZATION if name == "organization" else kind
        return column.in_([referred(parameter, value, target, asked.bases) for value in parameter.values])
    if name == "active":
        return matching.truth(parameter, _open())
    if name == "near":  # no position goes up to a hub
        return sa.and_(matching.near(parameter, sa.null(), sa.null()), sa.false())
    of_token: dict[str, Callable[[Token], Condition]] = {
        "identifier": _identifier,
        "type": _type,
        "status": _status,
    }
    return matching.tokens(parameter, of_token[name])


def _open() -> Condition:
    return sa.or_(unit.c.closed_on.is_(None), unit.c.closed_on > clock.today())


def _status(found: Token) -> Condition:
    if found.system not in (None, "", "http://hl7.org/fhir/location-status"):
        return sa.false()
    return {"active": _open(), "inactive": sa.not_(_open())}.get(found.code or "", sa.false())


def _identifier(found: Token) -> Condition:
    code: Condition = sa.true() if found.code is None else unit.c.unit_code == found.code
    if found.system is None:
        return code
    region = resources_of_regions.region_of(found.system)
    return sa.false() if region is None else sa.and_(unit.c.region == region, code)


def _type(found: Token) -> Condition:
    return sa.func.coalesce(matching.unit_type(unit, found), sa.false())  # a region may say no type


def shown(kind: str, row: Any) -> Resource:
    """A row as its resource."""
    return resources_of_regions.shown(kind, row, clock.today())


async def by_ids(session: AsyncSession, kind: str, ids: Collection[str]) -> list[Resource]:
    """Those of the ids that there are, in order of ids."""
    wanted = [each for each in ids if resources_of_regions.is_regional(each)]
    if not wanted:
        return []
    select = rows().where(unit.c.resource_id.in_(wanted)).order_by(unit.c.resource_id)
    return [shown(kind, row) for row in (await session.execute(select)).mappings()]


def referring(kind: str, parameter: str, ids: Sequence[str]) -> sa.Select[Any]:
    """Units whose `parameter` refers to one of the ids."""
    column = unit.c.parent_id if parameter == "partof" else unit.c.resource_id
    known = parameter == "partof" or (kind, parameter) == (terms.LOCATION, "organization")
    return rows().where(column.in_(ids) if known else sa.false()).order_by(unit.c.resource_id)


async def versions(session: AsyncSession, pairs: Sequence[tuple[str, int]]) -> dict[int, Any]:
    """By the place of a pair of id and version, the row as it was then."""
    if not pairs:
        return {}
    every = _every()
    wanted = wanted_versions(pairs, every.c.resource_id.type)
    same = sa.and_(every.c.resource_id == wanted.c.key, every.c.version == wanted.c.version)
    select = sa.select(wanted.c.place, every).join(every, same)
    return {row["place"] - 1: row for row in (await session.execute(select)).mappings()}


async def versions_of(session: AsyncSession, id_: str, most: int) -> list[Any]:
    """The newest `most` versions of one unit, newest first."""
    every = _every()
    select = sa.select(every).where(every.c.resource_id == id_).order_by(every.c.version.desc()).limit(most)
    return list((await session.execute(select)).mappings())


def _every() -> sa.Subquery:
    parts = (sa.select(*(table.c[column.name] for column in version.c)) for table in (unit, version))
    return sa.union_all(*parts).subquery("every")
