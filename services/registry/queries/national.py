"""What regions published of themselves, read at their hub."""

from sqlalchemy.ext.asyncio import AsyncSession

from shared import national
from shared.national import Regional

HEADCOUNT = "headcount"


async def headcounts(session: AsyncSession, level: str) -> list[Regional]:
    """Each region's headcount of one level."""
    return await national.regions(session, HEADCOUNT, "", level)
