"""What time sets off in assessment.

Cycles start and end by the day; the rest follows from commits of this service: a bulk load, a closed
cycle, a batch of the consumer. So each timer has the usual heartbeat, which finds what a rebuild left.
"""

from sqlalchemy.ext.asyncio import AsyncSession

from services.assessment.erasure import commands as erasing
from services.assessment.results.commands import closing
from services.assessment.rollups.commands import publication as publishing
from services.assessment.rollups.commands import rollup_releases
from shared.timers import Timers

timers = Timers("assessment")


@timers.every(seconds=1)
async def start_cycles(session: AsyncSession) -> int:
    """Open the cycles whose first day has come."""
    return await closing.start_cycles(session)


@timers.every(seconds=1)
async def end_cycles(session: AsyncSession) -> int:
    """Close the cycles whose last day has passed."""
    return await closing.end_cycles(session)


@timers.every(seconds=0.5)
async def settle(session: AsyncSession) -> int:
    """Score or expire what awaits nobody, is overdue, or belongs to a closed cycle."""
    return await closing.settle(session)


@timers.every(seconds=1)
async def finish_cycles(session: AsyncSession) -> int:
    """Publish `cycle-closed` and freeze prevalence once a closed cycle has nothing open."""
    return await closing.finish_cycles(session)


@timers.every(seconds=1)
async def release_figures(session: AsyncSession) -> int:
    """Release roll-ups at the dates of the calendar, a period at a time, and show what is new in them."""
    return await rollup_releases.release_next(session)


@timers.every(seconds=10)
async def publish_cycles(session: AsyncSession) -> int:
    """Say of settled cycles that their figures are published."""
    return await publishing.publish_cycles(session)


@timers.every(seconds=60, heartbeat=300)
async def erase_again(session: AsyncSession) -> int:
    """What came about while somebody was erased is found a quarter of an hour later."""
    return await erasing.sweep(session)
