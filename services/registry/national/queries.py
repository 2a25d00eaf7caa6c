"""What regions published of themselves, read at their hub."""

from collections import defaultdict
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.tables.region_addresses import region_address
from shared.errors import Conflict, NotFound
from shared.federation import regional_figures, regional_units
from shared.federation.regional_figures import Regional
from shared.federation.regional_tables import unit
from shared.federation.regional_units import Below, UnitFigure
from shared.http.paging import Page, page

HEADCOUNT = "headcount"
LEVELS = ("B", "I", "A")


async def headcounts(session: AsyncSession, level: str) -> list[Regional]:
    """Each region's headcount of one level."""
    return await regional_figures.regions(session, HEADCOUNT, "", level)


async def units(session: AsyncSession, below: Below, wanted: Page) -> dict[str, Any]:
    """One page of a region's units by code, each with the headcounts that its region published.

    Raises NotFound `region-unknown`, `unit-unknown`.
    """
    found = await regional_units.units(session, below, wanted)
    codes = [unit["unit_code"] for unit in found["items"]]
    counted: defaultdict[str, dict[str, UnitFigure]] = defaultdict(dict)
    for row in await regional_units.figures(session, HEADCOUNT, "", LEVELS, below.region, codes):
        counted[row.unit_code][row.slice] = row
    items = [{**unit, "headcounts": _headcounts(counted[unit["unit_code"]])} for unit in found["items"]]
    return {"items": items, "next": found["next"]}


def _headcounts(published: dict[str, UnitFigure]) -> list[dict[str, Any]]:
    """The levels of which the region published anything, lowest first."""
    return [_headcount(published[level]) for level in LEVELS if level in published]


def _headcount(row: UnitFigure) -> dict[str, Any]:
    people, women = row.figures or (None, None)
    return {
        "level": row.slice,
        "people": people,
        "women": women,
        "version": row.version,
        "epoch": row.epoch,
        "as_of": row.as_of,
        "suppressed": row.figures is None,
    }


_ADDRESS = [
    sa.func.nullif(region_address.c[name], "").label(name)
    for name in ("address", "sealing_key", "signing_key")
] + [region_address.c.received_at]


async def region_of(session: AsyncSession, code: str) -> dict[str, Any]:
    """The region that owns a unit, with what it says of itself.

    Raises NotFound `unit-unknown`, Conflict `unit-of-several-regions`.
    """
    stated = unit.outerjoin(region_address, region_address.c.region == unit.c.region)
    owners = sa.select(unit.c.unit_code, unit.c.region, *_ADDRESS).select_from(stated)
    found = (await session.execute(owners.where(unit.c.unit_code == code).limit(2))).mappings().all()
    if not found:
        raise NotFound("unit-unknown", "The hub knows no such unit of any region.")
    if len(found) > 1:
        raise Conflict("unit-of-several-regions", "More than one region has a unit of this code.")
    return dict(found[0])


async def regions(session: AsyncSession, wanted: Page) -> dict[str, Any]:
    """A page of the regions of which a unit or an address came, by name."""
    heard = sa.union(sa.select(unit.c.region), sa.select(region_address.c.region)).subquery()
    stated = heard.outerjoin(region_address, region_address.c.region == heard.c.region)
    select = sa.select(heard.c.region, *_ADDRESS).select_from(stated)
    return await page(session, select, [heard.c.region], wanted)


async def owned_units(session: AsyncSession, wanted: Page) -> dict[str, Any]:
    """A page of all units of all regions, by code."""
    select = sa.select(unit.c.unit_code, unit.c.region, unit.c.name, unit.c.level)
    return await page(session, select, [unit.c.unit_code, unit.c.region], wanted)
