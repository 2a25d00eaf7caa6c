"""What regions published of themselves, read at their hub."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.tables import directory
from services.planning.tables.catalogue import national_entry
from shared import national, periods
from shared.auth.caller import Caller
from shared.errors import Forbidden
from shared.http.paging import Page, page
from shared.national import Regional

PLANS = "plans"


async def require_everywhere(session: AsyncSession, caller: Caller) -> None:
    """Raises Forbidden `unit-out-of-scope` unless the caller's units include the root."""
    unit = directory.unit
    root = sa.exists().where(unit.c.parent.is_(None), unit.c.version > 0, unit.c.unit_code.in_(caller.units))
    if not await session.scalar(sa.select(root)):
        raise Forbidden("unit-out-of-scope", "This needs the whole tree in your units.")


async def plans(session: AsyncSession, period: str) -> list[Regional]:
    """Each region's plans of one period. Raises Invalid `period-malformed`."""
    periods.bounds(period)
    return await national.regions(session, PLANS, period, "")


async def entries(session: AsyncSession, wanted: Page) -> dict[str, Any]:
    """A page of what regions added to the catalogue for themselves."""
    keys = [national_entry.c.region, national_entry.c.code]
    found = await page(session, sa.select(national_entry), keys, wanted)
    items = [{**row, "intervention": row["content"]} for row in found["items"]]
    return {"items": items, "next": found["next"]}
