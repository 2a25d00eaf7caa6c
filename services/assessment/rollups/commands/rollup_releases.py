"""Releases of roll-ups, at the dates of the instance's calendar."""

from collections.abc import Iterable
from functools import partial

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.assessment.rollups.commands import publication
from services.assessment.rollups.queries import released_cube
from services.assessment.tables.rollup_releases import CUBE
from services.assessment.tables.rollups import counted
from shared.releases import due_dates, shown_cells, tables
from shared.releases.due_dates import Due


async def release_next(session: AsyncSession) -> int:
    """Release the next period that is due as people count in it now; returns how many were looked at.

    One statement reads who counts, so counting goes on while the release is judged. A backdated assessment or a
    move changes live figures at once, and published ones with the next release of their period.
    """
    due = await due_dates.due(session, CUBE, partial(_periods, session))
    if due is None:
        return 0
    await release(session, due)
    return 1


async def release(session: AsyncSession, due: Due) -> None:
    """Release a period under a date; nothing where that would publish what the latest release does."""
    from services.assessment.rollups.commands import released_people  # with numpy and the solver
    from shared.releases import commands

    people = await released_people.read(session, due.period)
    made = await commands.release(session, released_cube.CUBE, due, *people)
    if made is not None:
        await shown_cells.add(session, made.release, made.forest)
        await publication.publish(session, made.release)


async def _periods(session: AsyncSession) -> Iterable[str]:
    """Periods in which anybody counts, or did when they were released."""
    columns = (counted.c.period, tables.release.c.period)
    found = sa.union(*(sa.select(column).distinct() for column in columns))
    return list((await session.execute(found)).scalars())
