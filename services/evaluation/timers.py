"""What evaluation does on its own: windows pass, periods close, values are published.

Windows and periods go by the day, values follow the commits of consumers and of the timers before them.
So each timer has the usual heartbeat, which finds what a rebuild left to be published.
"""

from sqlalchemy.ext.asyncio import AsyncSession

from services.evaluation.erasure import commands as erasing
from services.evaluation.indicators.commands import indicator_releases, periods
from shared.timers import Timers

timers = Timers("evaluation")


@timers.every(seconds=0.5)
async def remeasure(session: AsyncSession) -> int:
    """Measure again whom time changed, 500 people a transaction."""
    return await periods.remeasure(session)


@timers.every(seconds=1)
async def close_periods(session: AsyncSession) -> int:
    """Close ended periods with their as_of; 0, since nothing is left for a second round."""
    await periods.close(session)
    return 0


@timers.every(seconds=1)
async def release_figures(session: AsyncSession) -> int:
    """Release indicators at the dates of the calendar, an indicator and period at a time."""
    return await indicator_releases.release_next(session)


@timers.every(seconds=60, heartbeat=300)
async def erase_again(session: AsyncSession) -> int:
    """What came about while somebody was erased is found a quarter of an hour later."""
    return await erasing.sweep(session)
