"""Releases of headcounts, at the dates of the instance's calendar.

A headcount is of a day and not of a quarter. So each date has one release, of the day before, in the quarter of
that day. Quarters overlap: mostly the same people are in them.
"""

from collections.abc import Iterable
from datetime import date, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.national.commands import headcounts
from services.registry.tables.headcount_releases import CUBE
from shared import clock, periods
from shared.releases import due_dates
from shared.releases.due_dates import Due

_DAY = timedelta(days=1)


async def release_next(session: AsyncSession) -> int:
    """Release the headcounts that are due; returns how many dates were looked at.

    In a federation: nobody reads them elsewhere. What is recorded later of a day that was released is in the
    release of the next date.
    """
    if not due_dates.in_federation():
        return 0
    due = await due_dates.due(session, CUBE, _periods)
    if due is None:
        return 0
    await release(session, due)
    return 1


async def release(session: AsyncSession, due: Due) -> None:
    """Release the headcounts of the day before a date; nothing where the quarter's latest release has them."""
    from services.registry.national.commands import released_headcounts  # with numpy and the solver
    from shared.releases import commands

    people = await released_headcounts.read(session, due.as_of - _DAY)
    made = await commands.release(session, released_headcounts.CUBE, due, *people)
    if made is not None:
        await headcounts.publish(session, made.release)


async def _periods() -> Iterable[str]:
    return released_at(clock.today())


def released_at(today: date) -> list[str]:
    """The quarter in which headcounts are released at the latest date up to a day; none where no date has come.

    A quarter that is over is not released again, as the calendar would for corrections.
    """
    current = periods.of(today - _DAY)
    found = []
    for period in (periods.previous(current), current):
        latest = due_dates.dates().due(period, None, today)
        if latest is not None and periods.of(latest - _DAY) == period:
            found.append(period)
    return found
