"""Releases of indicators, at the dates of the instance's calendar: each indicator and period by itself."""

from collections.abc import Iterable
from functools import partial

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.evaluation.indicators import released_cubes
from services.evaluation.indicators.commands import publication
from services.evaluation.indicators.commands.periods import anybody_due, measure_later
from services.evaluation.indicators.computed import COMPUTED
from services.evaluation.tables import contribution, indicator_value
from shared.releases import due_dates, shown_cells, tables
from shared.releases.due_dates import Due


async def release_next(session: AsyncSession) -> int:
    """Release the next indicator and period that is due, as people count in it now; returns how many were.

    Time alone changes shares, so everybody is measured first. Then one statement reads who counts, and measuring
    goes on while the release is judged.
    """
    if await due_dates.looked_at_today(session, COMPUTED) or await anybody_due(session):
        return 0
    for cube in COMPUTED:
        due = await due_dates.due(session, cube, partial(_periods, session, cube))
        if due is not None:
            return int(await release(session, cube, due))
    return 0


async def release(session: AsyncSession, cube: str, due: Due) -> bool:
    """Release a period under a date; nothing where that would publish what the latest release does.

    False: some shares were stored before their sources were, and are measured first.
    """
    if await measure_later(session, _without_source(due.period)):
        return False
    from services.evaluation.indicators.commands import released_shares  # with numpy and the solver
    from shared.releases import commands

    people = await released_shares.read(session, cube, due.period)
    made = await commands.release(session, released_cubes.CUBES[cube], due, *people)
    if made is not None:
        await shown_cells.add(session, made.release, made.forest)
        await publication.publish(session, made.release)
    return True


def _without_source(period: str) -> sa.Select[tuple[object]]:
    share = contribution.c
    return sa.select(share.person_id).where(share.period == period, share.source.is_(None))


async def _periods(session: AsyncSession, cube: str) -> Iterable[str]:
    """Periods in which anybody counts, or ever did."""
    value, made = indicator_value.c, tables.release.c
    counted = sa.select(value.period).where(value.indicator == cube, value.parent_code == "")
    released = sa.select(made.period).where(made.cube == cube)
    return list(await session.scalars(sa.union(counted, released)))
