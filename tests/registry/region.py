"""A served registry of a region, and what it tells its hub."""

import json
from collections.abc import AsyncIterator
from datetime import date, timedelta
from itertools import count

import pytest_asyncio

from services.registry.national.commands import headcount_releases
from shared import periods
from shared.releases.due_dates import Due
from shared.settings import Settings
from tests.registry.builders import hired, plant
from tests.served import Client, application

NEXT_DAY = count(1)


class Region:
    """A served registry of a region, and what it put into its outbox."""

    def __init__(self, client: Client, app, configured: Settings) -> None:
        self.client, self.app, self.settings = client, app, configured
        self.people: list[str] = []

    async def hire(self, unit: str, count: int, sex: str = "female") -> None:
        self.people += [(await hired(self.client, unit, {"sex": sex}))[0] for _ in range(count)]

    async def sent(self, fact: str = "headcounts-computed") -> list[dict]:
        async with self.app.state.database.transaction() as connection:
            rows = await connection.fetch(
                "select payload from outbox where subject like $1 order by id", f"%.up.registry.{fact}.v1"
            )
        return [json.loads(row["payload"]) for row in rows]

    async def newest(self) -> dict[str, dict]:
        """The last word on each unit; all are of one level."""
        items = [item for event in await self.sent() for item in event["data"]["items"]]
        return {item["unit_code"]: item for item in items}

    async def recounted(self) -> dict[str, tuple[int, int]]:
        """People and women of each unit, straight from the tables."""
        statement = """
            select place.code, count(*), count(*) filter (where p.sex = 'female') from person p
            join post using (person_id) join unit u using (unit_code) cross join unnest(u.path) as place(code)
            where post.valid_to is null group by 1"""
        async with self.app.state.database.transaction() as connection:
            return {row[0]: (row[1], row[2]) for row in await connection.fetch(statement)}

    async def release(self) -> None:
        """Release headcounts under the next date, as the timer does when it has come."""
        as_of = date(2030, 1, 1) + timedelta(days=next(NEXT_DAY))
        async with self.app.state.database.session() as session:
            await headcount_releases.release(session, Due(periods.of(as_of - timedelta(days=1)), as_of))

    async def told(self) -> dict[str, tuple[int, int | None]]:
        """People and women of each unit, as the hub has them."""
        return {code: (item["people"], item["women"]) for code, item in (await self.newest()).items()}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def region(settings, serve, token) -> AsyncIterator[Region]:
    configured = settings("registry", federation="region")
    app = application(configured)
    client = (await serve(app)).using(token("hris", units=("SL",)))
    await plant(client)
    yield Region(client, app, configured)
