"""Releases of what plans add up to, at the dates of the instance's calendar: a quarter with all its figures."""

from collections.abc import Iterable
from functools import partial

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.plan_totals.commands import publication
from services.planning.plan_totals.commands.plan_facts import facts
from shared import clock
from shared.releases import due_dates, tables
from shared.releases.due_dates import Due

NAME = "plans"  # under which dates are looked at, for all cubes together


async def release_next(session: AsyncSession) -> int:
    """Release the next period that is due as plans are now; returns how many were looked at.

    In a federation: nobody reads them elsewhere. One statement reads who counts, so plans go on while the
    release is judged. A backdated completion is in the next release of its period.
    """
    if not due_dates.in_federation():
        return 0
    due = await due_dates.due(session, NAME, partial(_periods, session))
    if due is None:
        return 0
    await release(session, due)
    return 1


async def release(session: AsyncSession, due: Due) -> None:
    """Release all cubes of a period under a date; of each nothing where it would publish what its latest does.

    All count the people of one moment: who joins meanwhile would be what one cube has more than another.
    """
    from services.planning.plan_totals.commands import (
        plan_cubes,
        released_plans,
    )  # with numpy and the solver
    from shared.releases import commands

    populations, forest = await released_plans.read(session, due.period)
    found = [
        await commands.release(session, cube, due, populations[name], forest)
        for name, cube in plan_cubes.CUBES.items()
    ]
    await due_dates.looked_at(session, NAME, due.period, due.as_of)
    await publication.publish(session, [made.release for made in found if made is not None])


async def _periods(session: AsyncSession) -> Iterable[str]:
    """Periods up to now in which plans have a figure, or had when they were released."""
    day, made = facts().c.day, tables.release.c.period
    counted = sa.select(sa.func.to_char(day, 'YYYY"Q"Q')).where(day <= clock.today())
    return list(await session.scalars(sa.union(counted, sa.select(made))))
