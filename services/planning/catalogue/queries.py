"""The catalogue and the limits of plans, read."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.catalogue.interventions import Catalogue
from services.planning.catalogue.interventions import catalogue as catalogue_of
from services.planning.catalogue.interventions import intervention as value
from services.planning.catalogue.limits import Limits
from services.planning.tables import directory
from services.planning.tables.catalogue import catalogue, intervention, limits
from shared.errors import NotFound
from shared.http.paging import Page, page

# Published versions are immutable; own entries only ever raise theirs, and the hub's theirs in its epoch.
_offered: dict[tuple[int, ...], Catalogue] = {}

_ORIGIN = sa.case(
    (intervention.c.own_version.is_not(None), "own"),
    (intervention.c.hub_version.is_not(None), "hub"),
    else_="catalogue",
).label("origin")


async def version(session: AsyncSession) -> int:
    """The current catalogue version, 0 before the first."""
    return await session.scalar(sa.select(sa.func.max(catalogue.c.version))) or 0


async def offered(session: AsyncSession) -> Catalogue:
    """Everything on offer: the current catalogue's, this instance's own and its hub's."""
    held, most, total = intervention.c, sa.func.max, sa.func.sum
    newest = sa.select(most(catalogue.c.version)).scalar_subquery()
    states = (newest, total(held.own_version), most(held.hub_epoch), total(held.hub_version))
    row = (await session.execute(sa.select(*states).select_from(intervention))).one()
    current = tuple(int(state or 0) for state in row)
    if current not in _offered:
        select = sa.select(intervention.c.content).where(intervention.c.offered)
        _offered.clear()
        _offered[current] = catalogue_of(value(content) for content in await session.scalars(select))
    return _offered[current]


async def listing(session: AsyncSession, wanted: Page, filters: Mapping[str, str | None]) -> dict[str, Any]:
    """A page of what is offered; filters approach, delivery, level, competency."""
    select = sa.select(intervention.c.code, intervention.c.content, _ORIGIN).where(intervention.c.offered)
    for name in ("approach", "delivery"):
        if filters.get(name):
            select = select.where(intervention.c[name] == filters[name])
    for name, column in (("level", intervention.c.levels), ("competency", intervention.c.competencies)):
        if filters.get(name):
            select = select.where(column.contains([filters[name]]))
    found = await page(session, select, [intervention.c.code], wanted)
    return {
        "items": [_shown(item["content"], item["origin"]) for item in found["items"]],
        "next": found["next"],
    }


async def one(session: AsyncSession, code: str) -> tuple[dict[str, Any], int]:
    """An intervention's content and the version that it or its catalogue has. Raises NotFound."""
    held = intervention.c
    version = sa.func.coalesce(held.own_version, held.hub_version, held.catalogue_version)
    select = sa.select(held.content, _ORIGIN, version.label("version")).where(intervention.c.code == code)
    row = (await session.execute(select)).one_or_none()
    if row is None:
        raise NotFound("intervention-unknown", "There is no such intervention.")
    return _shown(row.content, row.origin), row.version


async def limits_of(session: AsyncSession, unit_codes: Sequence[str]) -> dict[str, Limits]:
    """The limits that hold for plans at these units: the nearest enclosing unit's, or the defaults."""
    unit = directory.unit
    rows = (await session.execute(sa.select(limits))).mappings().all()
    set_for = {row["unit_code"]: _limits(dict(row)) for row in rows}
    if not set_for:
        return {code: Limits() for code in unit_codes}
    select = sa.select(unit.c.unit_code, unit.c.path).where(unit.c.unit_code.in_(set(unit_codes)))
    paths = {row.unit_code: row.path for row in await session.execute(select)}
    return {code: _nearest(paths.get(code, [code]), set_for) for code in unit_codes}


async def limits_at(session: AsyncSession, unit_code: str) -> dict[str, Any]:
    """The limits set for exactly this unit. Raises NotFound `limits-not-set`."""
    row = (
        (await session.execute(sa.select(limits).where(limits.c.unit_code == unit_code)))
        .mappings()
        .one_or_none()
    )
    if row is None:
        raise NotFound(
            "limits-not-set", "No limits are set for this unit; an enclosing unit's or the defaults hold."
        )
    return dict(row)


def _shown(content: Mapping[str, Any], origin: str) -> dict[str, Any]:
    return {**content, "origin": origin}


def _nearest(path: Sequence[str], set_for: Mapping[str, Limits]) -> Limits:
    return next((set_for[code] for code in reversed(path) if code in set_for), Limits())


def _limits(row: Mapping[str, Any]) -> Limits:
    return Limits(row["days_away"], row["cost"], row["activities"], row["horizon_days"])
