"""What regions published of themselves, read at their hub."""

from collections import defaultdict
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from shared.federation import regional_figures, regional_units
from shared.federation.regional_figures import Regional
from shared.federation.regional_units import Below, UnitFigure
from shared.http.paging import Page

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
