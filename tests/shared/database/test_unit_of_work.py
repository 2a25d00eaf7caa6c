"""One transaction of a request: opened by the first that asks, committed at its end, or nothing of it."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
import sqlalchemy as sa

from shared.database.engine import Database
from shared.database.tables import inbox
from shared.database.unit_of_work import UnitOfWork

INSERT = "insert into inbox (consumer, event_id) values ('work', gen_random_uuid())"


@pytest_asyncio.fixture
async def database(settings) -> AsyncIterator[Database]:
    opened = Database(settings("planning"))
    async with opened.transaction() as connection:
        await connection.execute("delete from inbox")
    yield opened
    await opened.close()


async def rows(database: Database) -> int:
    async with database.reading() as session:
        return (await session.execute(sa.select(sa.func.count()).select_from(inbox))).scalar_one()


async def test_nothing_is_opened_for_who_asks_for_nothing(database: Database):
    async with UnitOfWork(database) as work:
        assert await work.opened() is None
        assert {used for _, used, _ in database.use()} == {0}


@pytest.mark.parametrize(("way", "count"), [("session", 2), ("connection", 1)])
async def test_an_error_leaves_nothing_and_an_end_everything(database: Database, way: str, count: int):
    async def written(error: Exception | None) -> None:
        async with UnitOfWork(database) as work:
            if way == "session":
                await (await work.session()).execute(sa.text(INSERT))
            else:
                await work.connection()
            await (await work.opened()).execute(INSERT)
            if error is not None:
                raise error

    with pytest.raises(ValueError, match="no"):
        await written(ValueError("no"))
    assert await rows(database) == 0
    await written(None)
    assert await rows(database) == count


async def test_a_statement_may_be_alone_until_the_transaction_is_open(database: Database):
    async with UnitOfWork(database) as work:
        assert work.alone() is not None
        await work.connection()
        assert work.alone() is None
