"""What regions measure roles against, read at their hub."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.assessment.frameworks.queries.frameworks import by_competency
from services.assessment.tables.overlays import national_overlay
from shared.http.paging import Page, page


async def overlays(session: AsyncSession, wanted: Page, region: str | None) -> dict[str, Any]:
    """A page of regions' own role profiles, by region and role."""
    query = sa.select(national_overlay)
    if region is not None:
        query = query.where(national_overlay.c.region == region)
    found = await page(session, query, [national_overlay.c.region, national_overlay.c.role_code], wanted)
    items = [{**row, "profile": by_competency(row)} for row in found["items"]]
    return {"items": items, "next": found["next"]}
