"""Domain time, moved through the gateway as an operator would."""

from datetime import date, datetime, timedelta

from deploy.demo.api import Api, Json, Refused
from shared import clock

NOT_FOUND = 404  # outside local mode


async def now(api: Api) -> datetime:
    """The platform's present: real time where there is no clock to move."""
    try:
        return datetime.fromisoformat((await api.get("/v1/clock", who="ops"))["now"])
    except Refused as refused:
        if refused.status != NOT_FOUND:
            raise
        return clock.now()


async def today(api: Api) -> date:
    """The platform's day; days are counted in its time zone from then on."""
    try:
        return _day(await api.get("/v1/clock", who="ops"))
    except Refused as refused:
        if refused.status != NOT_FOUND:
            raise
        return clock.today()


def _day(answer: Json) -> date:
    clock.set_zone(answer["time_zone"])
    return date.fromisoformat(answer["today"])


async def offset(api: Api) -> timedelta:
    """How far domain time is ahead of real time."""
    return timedelta(seconds=(await api.get("/v1/clock", who="ops"))["offset_seconds"])


async def next_release(api: Api) -> date:
    """Move domain time to the next date of releases, by the usual calendar, and return that day."""
    day = await today(api)
    month = (day.replace(day=1) + timedelta(days=32)).replace(day=1)
    return await advance(api, month - day)


async def advance(api: Api, by: timedelta) -> date:
    """Move domain time and return the new day."""
    seconds = (await offset(api) + by).total_seconds()
    moved, _ = await api.call("PUT", "/v1/clock", who="ops", json={"offset_seconds": seconds})
    return _day(moved)
