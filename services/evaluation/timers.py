"""What evaluation does on its own: windows pass, periods close, values are published."""

from sqlalchemy.ext.asyncio import AsyncSession

from services.evaluation.commands import periods, publishing
from shared.outbox import MAX_ITEMS
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
async def publish(session: AsyncSession) -> int:
    """Publish what changed, coalesced: once a second, more often only to work off a backlog."""
    changed = await publishing.publish(session)
    return changed if changed == MAX_ITEMS else 0
