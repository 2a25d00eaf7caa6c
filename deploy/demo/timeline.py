"""Domain time, moved through the gateway as an operator would."""

from datetime import date, datetime, timedelta

from deploy.demo.api import Api, Refused
from shared import clock
from steward_client import models

NOT_FOUND = 404  # outside local mode


async def now(api: Api) -> datetime:
    """The platform's present: real time where there is no clock to move."""
    try:
        return datetime.fromisoformat((await api.acting("ops").get_clock())["now"])
    except Refused as refused:
        if refused.status != NOT_FOUND:
            raise
        return clock.now()


async def today(api: Api) -> date:
    """The platform's day; days are counted in its time zone from then on."""
    try:
        return _day(await api.acting("ops").get_clock())
    except Refused as refused:
        if refused.status != NOT_FOUND:
            raise
        return clock.today()


def _day(answer: models.DomainTime) -> date:
    clock.set_zone(answer["time_zone"])
    return date.fromisoformat(answer["today"])


async def offset(api: Api) -> timedelta:
    """How far domain time is ahead of real time."""
    return timedelta(seconds=(await api.acting("ops").get_clock())["offset_seconds"])


async def next_release(api: Api) -> date:
    """Move domain time to the next date of releases, by the usual calendar, and return that day."""
    day = await today(api)
    month = (day.replace(day=1) + timedelta(days=32)).replace(day=1)
    return await advance(api, month - day)


async def advance(api: Api, by: timedelta) -> date:
    """Move domain time and return the new day."""
    seconds = (await offset(api) + by).total_seconds()
    return _day(await api.acting("ops").put_clock({"offset_seconds": seconds}))
