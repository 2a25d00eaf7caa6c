"""How many roll-ups are told without figures, as metrics say it and a region's beat takes it from there."""

import pytest_asyncio

from services.assessment.rollups.queries import rollups as queries
from shared.database.engine import Database
from tests.assessment.rollups.test_published_rollups import publish
from tests.assessment.rollups.test_rollups import LEADER, MANAGER, crowd, empty, members, read, take
from tests.assessment.world import TREE
from tests.served import Client


@pytest_asyncio.fixture
async def client(serve) -> Client:
    return await serve("assessment")


async def test_cells_that_nobody_is_shown_are_counted(client: Client, database: Database):
    await empty(database)
    await counted(client, database, 0)
    # At once, since the service's own timer may publish whenever people were counted.
    await take(database, *members("a", "F1", 8), *members("b", "F3", 2))
    await counted(client, database, 6)  # two people of ten: the whole of either side would tell them
    await crowd(database, "c", "F3", 5)
    # N told of those two before: a first word of their side would tell them.
    await counted(client, database, 3)
    await crowd(database, "d", "F2", 4)
    await counted(client, database, 4)


async def counted(client: Client, database: Database, hidden: int) -> None:
    """After an edition the metric is the number of units with people of which a leader is shown nothing."""
    await publish(database)
    whole, shown = [
        [code for code in TREE for level in (await read(database, queries.unit, code, caller))["levels"]
         if level["people"]]
        for caller in (MANAGER, LEADER)
    ]  # fmt: skip
    assert len(whole) - len(shown) == hidden, (whole, shown)
    metrics = (await client.get("/metrics")).body.decode()
    assert f'steward_cells_suppressed{{service="assessment"}} {hidden}.0' in metrics
