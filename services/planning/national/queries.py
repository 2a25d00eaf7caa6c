"""What regions published of themselves, read at their hub."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.tables.catalogue import national_entry
from shared import periods
from shared.events.planning import ToldFigures
from shared.federation import regional_figures
from shared.federation.regional_figures import Regional
from shared.http.paging import Page, page

PLANS = "plans"
NAMES = ("people", *ToldFigures.__struct_fields__)


async def plans(session: AsyncSession, period: str) -> list[Regional]:
    """Each region's plans of one period. Raises Invalid `period-malformed`."""
    periods.bounds(period)
    return await regional_figures.regions(session, PLANS, period, "")


def unpublished(rows: Sequence[Regional]) -> dict[str, int]:
    """By figure, how many of the regions that tell something do not tell it: the nation's is then null."""
    published = [row.figures for row in rows if row.figures is not None]
    return {name: sum(figures[place] is None for figures in published) for place, name in enumerate(NAMES)}


async def entries(session: AsyncSession, wanted: Page) -> dict[str, Any]:
    """A page of what regions added to the catalogue for themselves."""
    keys = [national_entry.c.region, national_entry.c.code]
    found = await page(session, sa.select(national_entry), keys, wanted)
    items = [{**row, "intervention": row["content"]} for row in found["items"]]
    return {"items": items, "next": found["next"]}
