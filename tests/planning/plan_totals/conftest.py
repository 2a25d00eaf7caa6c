from collections.abc import AsyncIterator, Callable

import pytest_asyncio

from shared.database.engine import Database
from shared.releases import due_dates
from shared.settings import Settings
from tests.planning.plan_totals.counting import Region


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def database(settings: Callable[..., Settings]) -> AsyncIterator[Database]:
    opened = Database(settings("planning"))
    yield opened
    await opened.close()


@pytest_asyncio.fixture(loop_scope="module")
async def region(database: Database) -> AsyncIterator[Region]:
    made = Region(database)
    await made.begin()
    yield made
    due_dates.follow(Settings(service="planning"))
