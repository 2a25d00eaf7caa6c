"""Assessment on a real database, and served over HTTP."""

from collections.abc import AsyncIterator, Callable

import pytest
import pytest_asyncio

from services.assessment.frameworks.commands import instruments
from services.assessment.frameworks.queries import frameworks
from shared.database.engine import Database
from shared.events.registry import PeopleChanged, UnitsChanged
from shared.settings import Settings
from tests.assessment import world
from tests.assessment.rated import publish
from tests.servers import wait_for


@pytest.fixture(scope="module", autouse=True)
def nothing_known() -> None:
    """Published versions are kept per process, where each module has a database of its own."""
    instruments._known.clear()
    frameworks._published.clear()


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


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def service(serve, database, nats_url, token):
    """Assessment as it runs, with the tree and two teams taken over from registry's events."""
    instruments._known.clear()
    client = await serve("assessment")
    people = world.team("a", "F1", 6) + world.team("c", "F3", 4)
    units = [world.unit(code, parent) for code, parent in world.TREE.items()]
    await publish(nats_url, UnitsChanged(items=units), PeopleChanged(items=people))
    manager = client.using(token("programme-manager", units=("N",), subject="programme"))

    async def known():
        async with database.transaction() as connection:
            posts = await connection.fetchval("select count(*) from post")
            told = await connection.fetchval("select count(*) from unit where version > 0")
        return (posts, told) == (len(people), len(units))  # two consumers: either may be first

    await wait_for(known)
    return manager
