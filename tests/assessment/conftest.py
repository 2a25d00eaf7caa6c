"""Assessment on a real database, and served over HTTP."""

from collections.abc import AsyncIterator, Callable

import pytest_asyncio

from services.assessment.commands import instruments
from shared.database import Database
from shared.settings import Settings
from tests.assessment import world


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def database(settings: Callable[..., Settings]) -> AsyncIterator[Database]:
    """The module's own database of assessment, migrated and empty."""
    opened = Database(settings("assessment"))
    yield opened
    await opened.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def country(database: Database) -> Database:
    """`database` with the framework, the tree, six facility managers at F1 and four at F3."""
    instruments._known.clear()
    await world.populate(database, world.team("a", "F1", 6) + world.team("c", "F3", 4))
    return database
