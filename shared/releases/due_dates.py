"""Which release is due, by the instance's calendar. Nothing here imports the engine that judges it."""

from collections.abc import Awaitable, Callable, Collection, Iterable
from datetime import date
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from shared import clock
from shared.disclosure.calendar import Calendar
from shared.releases import tables
from shared.settings import Settings

Periods = Callable[[], Awaitable[Iterable[str]]]
ALL = ""  # instead of a period

_calendar = Calendar()
_federated = False


class Due(NamedTuple):
    """A period to be released as it is now, under a calendar date that has come."""

    period: str
    as_of: date


def follow(settings: Settings) -> None:
    """Release by this instance's calendar from now on, and for its federation if it is in one."""
    global _calendar, _federated
    _federated = settings.federation != "none"
    _calendar = Calendar(settings.release_months, settings.release_day, settings.release_close_after)


def in_federation() -> bool:
    """Whether there is a hub, or are regions, to read what nobody in this instance reads."""
    return _federated


def dates() -> Calendar:
    """The calendar in use."""
    return _calendar


async def looked_at_today(session: AsyncSession, cubes: Collection[str]) -> bool:
    """Whether nothing is due of all these cubes before tomorrow."""
    date = tables.date.c
    today = (date.period == ALL) & (date.as_of == clock.today())
    found = sa.select(sa.func.count()).where(today, date.cube.in_(cubes))
    return await session.scalar(found) == len(cubes)


async def due(session: AsyncSession, cube: str, periods: Periods) -> Due | None:
    """The first period with a calendar date that came since all were looked at; None: there is none today.

    Who counts at the first look ever waits for the date after it: a date is fixed before there is anything
    to release. `periods` is asked once a day, for those that have anybody or had.
    """
    rows = await session.execute(
        sa.select(tables.date.c.period, tables.date.c.as_of).where(tables.date.c.cube == cube)
    )
    seen: dict[str, date] = {row.period: row.as_of for row in rows}
    today = clock.today()
    since = seen.get(ALL)
    if since is not None and today < since:  # a movable clock was set back
        await _forget(session, cube, today)
    if since is not None and since < today:
        for period in sorted(await periods()):
            as_of = _calendar.due(period, max(since, seen.get(period, since)), today)
            if as_of is not None:
                return Due(period, as_of)
    if since is None or since < today:
        await looked_at(session, cube, ALL, today)
    return None


async def _forget(session: AsyncSession, cube: str, today: date) -> None:
    later = (tables.date.c.cube == cube) & (tables.date.c.as_of > today)
    await session.execute(sa.update(tables.date).where(later).values(as_of=today))


async def looked_at(session: AsyncSession, cube: str, period: str, as_of: date) -> None:
    """Say up to which calendar date a period was looked at, or all of the cube's."""
    row = insert(tables.date).values(cube=cube, period=period, as_of=as_of)
    await session.execute(row.on_conflict_do_update(index_elements=["cube", "period"], set_={"as_of": as_of}))
