"""A hub's database with what regions publish."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from uuid import uuid4

import pytest_asyncio
import sqlalchemy as sa

from shared.database.engine import Database
from shared.events.registry import UnitsChanged, UnitState
from shared.federation import epochs, regional_figures, regional_tables
from shared.messaging.subscriptions import Received
from shared.settings import Settings
from tests.shared.conftest import fresh_database

METADATA = sa.MetaData()
regional_tables.tables(METADATA)
epochs.tables(METADATA)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def hub(databases) -> AsyncIterator[Database]:
    opened = Database(
        Settings(service="planning", database_url=await fresh_database(databases, METADATA), federation="hub")
    )
    yield opened
    await opened.close()


@pytest_asyncio.fixture
async def empty(hub: Database) -> None:
    async with hub.transaction() as connection:
        await connection.execute(
            "truncate national_figure, national_unit, national_release, national_release_part, heard_epoch"
        )


def said(region: str, data: object = None, *, epoch: int = 1) -> Received:
    return Received(uuid4(), data, "", 0, region, datetime.now(UTC), epoch)


async def units(hub: Database, *regions: str, epoch: int = 1) -> None:
    """Each region has a top unit and one below it."""
    tree = [("TOP", None), ("BELOW", "TOP")]
    states = [
        UnitState(
            unit_code=code, version=1, level="region", type="Region", open_from=datetime.now(UTC), parent=up
        )
        for code, up in tree
    ]
    async with hub.session() as session:
        events = [said(region, UnitsChanged(items=states), epoch=epoch) for region in regions]
        await regional_figures.take_units(session, events)
