"""A new epoch: everything is sent again exactly once, by one replica, in the transaction that enters it."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
import sqlalchemy as sa

from shared.database.engine import Database
from shared.database.tables import service_metadata
from shared.events.registry import RolesChanged
from shared.federation import epochs
from shared.messaging import outbox
from shared.settings import Settings
from tests.shared.conftest import fresh_database

METADATA = service_metadata()
epochs.tables(METADATA)


@pytest_asyncio.fixture
async def database(databases) -> AsyncIterator[Database]:
    opened = Database(Settings(service="registry", database_url=await fresh_database(databases, METADATA)))
    yield opened
    await opened.close()


async def resend(session) -> None:
    await outbox.add(session, RolesChanged(items=[]), aggregate_id="roles", version=0)


async def enter(database: Database, epoch: int, federation: str = "region", send=resend) -> None:
    settings = Settings(service="registry", federation=federation, epoch=epoch)
    await epochs.step(settings, send)(database)


async def sent(database: Database) -> int:
    async with database.reading() as session:
        return await session.scalar(sa.text("select count(*) from outbox"))


async def test_a_first_start_and_a_restart_send_nothing(database: Database) -> None:
    await enter(database, 1)
    await enter(database, 1)
    assert await sent(database) == 0


async def test_a_new_epoch_sends_everything_again_once(database: Database) -> None:
    await enter(database, 1)
    await enter(database, 3)
    await enter(database, 3)
    assert await sent(database) == 1


async def test_a_database_from_before_the_first_start_counts_as_restored(database: Database) -> None:
    await enter(database, 2)
    assert await sent(database) == 1


async def test_of_replicas_that_start_together_one_sends(database: Database) -> None:
    await asyncio.gather(*(enter(database, 2) for _ in range(6)))
    assert await sent(database) == 1


async def test_a_failed_resend_is_tried_again_at_the_next_start(database: Database) -> None:
    async def failing(session) -> None:
        await resend(session)
        raise OSError("the power went")

    with pytest.raises(OSError, match="power"):
        await enter(database, 2, send=failing)
    assert await sent(database) == 0
    await enter(database, 2)
    assert await sent(database) == 1


async def test_an_epoch_that_went_back_changes_nothing_and_is_told(database: Database, caplog) -> None:
    await enter(database, 3)
    await enter(database, 2)
    await enter(database, 3)
    assert await sent(database) == 1
    assert "below the database's 3" in caplog.text


async def test_alone_there_is_nobody_to_tell(database: Database) -> None:
    await enter(database, 2, federation="none")
    assert await sent(database) == 0


@pytest.mark.parametrize("now", ["region", "hub"])
async def test_who_enters_a_federation_tells_it_once_what_it_has(database: Database, now: str) -> None:
    await enter(database, 1, federation="none")
    await enter(database, 1, federation=now)
    await enter(database, 1, federation=now)
    assert await sent(database) == 1


async def test_who_leaves_a_federation_tells_nobody_and_all_when_it_returns(database: Database) -> None:
    await enter(database, 1)
    await enter(database, 1, federation="none")
    assert await sent(database) == 0
    await enter(database, 1)
    assert await sent(database) == 1


async def test_a_database_that_does_not_know_its_last_federation_tells_all_once(database: Database) -> None:
    await enter(database, 1)
    async with database.session() as session:
        await session.execute(sa.text("update instance_epoch set federation = null"))
    await enter(database, 1)
    await enter(database, 1)
    assert await sent(database) == 1
