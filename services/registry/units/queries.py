"""Reads of units and roles."""

from collections.abc import Collection
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, aggregate_order_by
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.source_systems.queries import system_name
from services.registry.tables.identifiers import unit_identifier
from services.registry.tables.source_systems import source_system
from services.registry.tables.units import role, unit, unit_placement, unit_version
from services.registry.tables.versions import from_their_first
from shared.errors import NotFound
from shared.http.paging import Page, page

_INTERNAL = {"import_key", "recorded_at", "recorded_by"}


def _identifier(*, uris: bool) -> sa.ColumnElement[Any]:
    return sa.func.jsonb_build_object("system", system_name(uris=uris), "value", unit_identifier.c.value)


def _known_as(table: sa.FromClause) -> sa.Select[Any]:
    """What source systems call the unit of a row of `table`."""
    joined = sa.select(unit_identifier.c.value).join(
        source_system, source_system.c.system_id == unit_identifier.c.system_id
    )
    return joined.where(unit_identifier.c.unit_code == table.c.unit_code).correlate(table)


def identifiers_of_unit(table: sa.FromClause, *, uris: bool = False) -> sa.ColumnElement[Any]:
    """What source systems call the unit of a row of `table`, as a list of system and value.

    With `uris` the system is its URI where it has one.
    """
    every = sa.func.jsonb_agg(aggregate_order_by(_identifier(uris=uris), source_system.c.code), type_=JSONB)
    found = _known_as(table).with_only_columns(every).scalar_subquery()
    return sa.func.coalesce(found, sa.literal([], JSONB)).label("identifiers")


_OF_UNIT = _known_as(unit)
_SHOWN = [
    *(column for column in unit.c if column.name not in _INTERNAL),
    identifiers_of_unit(unit),
]
_OF_VERSIONS = [column.name for column in unit_version.c if column.name != "recorded_by"]


async def list_units(
    session: AsyncSession,
    wanted: Page,
    *,
    level: str | None = None,
    type: str | None = None,  # noqa: A002 (the name of the column)
    ownership: str | None = None,
    parent: str | None = None,
    under: str | None = None,
    open_on: date | None = None,
    name: str | None = None,
    external_id: str | None = None,
    system: str | None = None,
    scope: Collection[str] = (),
) -> dict[str, Any]:
    """One page of units by code; `under` includes the unit itself.

    `name` is a part of the name, case and accents aside. By name only units inside `scope` are found.
    """
    select = sa.select(*_SHOWN)
    exact = {"level": level, "type": type, "ownership": ownership, "parent": parent}
    for column, value in exact.items():
        if value is not None:
            select = select.where(unit.c[column] == value)
    if under is not None:
        select = select.where(unit.c.path.contains([under]))
    if open_on is not None:
        still = sa.or_(unit.c.closed_on.is_(None), unit.c.closed_on > open_on)
        select = select.where(unit.c.open_from <= open_on, still)
    if external_id is not None or system is not None:
        select = select.where(_identified(external_id, system))
    if name is not None:
        inside = unit.c.path.overlap(sa.cast(list(scope), unit.c.path.type))
        select = select.where(sa.func.strpos(plain(unit.c.name), plain(sa.literal(name))) > 0, inside)
    return await page(session, select, [unit.c.unit_code], wanted)


def _identified(value: str | None, system: str | None) -> sa.ColumnElement[bool]:
    """Whether a unit has an identifier with this value, of the system with this code."""
    found = _OF_UNIT
    if value is not None:
        found = found.where(unit_identifier.c.value == value)
    if system is not None:
        found = found.where(source_system.c.code == system)
    return sa.exists(found)


def plain(text: sa.ColumnElement[str]) -> sa.ColumnElement[str]:
    """A name in lower case without combining accents."""
    decomposed = sa.func.normalize(sa.func.lower(text), sa.literal_column("NFKD"))
    return sa.func.regexp_replace(decomposed, r"[\u0300-\u036f]", "", "g")


async def get_unit(session: AsyncSession, code: str) -> dict[str, Any]:
    """A unit with all its dated places. Raises NotFound `unit-unknown`."""
    row = (await session.execute(sa.select(*_SHOWN).where(unit.c.unit_code == code))).mappings().one_or_none()
    if row is None:
        raise NotFound("unit-unknown", "There is no such unit.")
    select = sa.select(unit_placement.c.valid_from, unit_placement.c.parent).where(
        unit_placement.c.unit_code == code
    )
    places = await session.execute(select.order_by(unit_placement.c.valid_from))
    return {**row, "placements": [dict(place) for place in places.mappings()]}


async def unit_versions(session: AsyncSession, code: str, wanted: Page) -> dict[str, Any]:
    """One page of everything the unit ever was, oldest first."""
    await get_unit(session, code)
    tables = (unit_version, unit)
    every = sa.union_all(
        *(sa.select(*(table.c[name] for name in _OF_VERSIONS)) for table in tables)
    ).subquery()
    listed = from_their_first(every, every.c.unit_code == code)
    return await page(session, sa.select(listed), [listed.c.version], wanted)


async def list_roles(session: AsyncSession, wanted: Page, *, level: str | None = None) -> dict[str, Any]:
    """One page of roles by code."""
    select = sa.select(role)
    if level is not None:
        select = select.where(role.c.level == level)
    return await page(session, select, [role.c.role_code], wanted)


async def get_role(session: AsyncSession, code: str) -> dict[str, Any]:
    """One role. Raises NotFound `role-unknown`."""
    row = (await session.execute(sa.select(role).where(role.c.role_code == code))).mappings().one_or_none()
    if row is None:
        raise NotFound("role-unknown", "There is no such role.")
    return dict(row)
