"""What time sets off in planning.

Follow-ups fall due by the day, or with a commit that dates one back; releases by the calendar. Both have the
usual heartbeat: nothing else makes work for them but a correction by hand.
"""

from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.erasure import commands as erasing
from services.planning.follow_ups import commands as follow_ups
from services.planning.plan_totals.commands import plan_releases
from services.planning.plans.commands import departures
from shared.timers import HOUR, Timers

timers = Timers("planning")


@timers.every(seconds=0.5)
async def fall_due(session: AsyncSession) -> int:
    """Publish the follow-ups whose day has come."""
    return await follow_ups.fall_due(session)


@timers.every(seconds=1)
async def release_figures(session: AsyncSession) -> int:
    """In a federation: release totals of plans at the dates of the calendar, and publish what is new in them."""
    return await plan_releases.release_next(session)


@timers.every(seconds=60, heartbeat=300)
async def erase_again(session: AsyncSession) -> int:
    """What came about while somebody was erased is found a quarter of an hour later."""
    return await erasing.sweep(session)


@timers.every(seconds=HOUR, heartbeat=HOUR)  # it looks at everybody with an open plan
async def end_plans(session: AsyncSession) -> int:
    """Plans of those end whose last post ended a week ago."""
    return await departures.end_next(session)
