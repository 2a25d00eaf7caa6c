"""What the database says becomes a problem that tells the caller whether to repeat."""

import asyncio

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from shared.database import failures
from shared.http import problems
from tests.servers import Databases


@pytest.fixture
async def pair(databases: Databases):
    """Two connections to a table with two rows."""
    url = databases.server.url()
    connections = [await asyncpg.connect(url) for _ in range(2)]
    await connections[0].execute(
        "drop table if exists held; create table held as select generate_series(1, 2) id"
    )
    yield connections
    for connection in connections:
        await connection.close()


async def test_a_deadlock_asks_to_repeat_the_request(pair: list[asyncpg.Connection]):
    async def hold(connection: asyncpg.Connection, *order: int) -> None:
        async with connection.transaction():
            await connection.execute("update held set id = id where id = $1", order[0])
            await both.wait()
            await connection.execute("update held set id = id where id = $1", order[1])

    both = asyncio.Barrier(2)
    found = await asyncio.gather(hold(pair[0], 1, 2), hold(pair[1], 2, 1), return_exceptions=True)
    (error,) = [item for item in found if item is not None]
    assert isinstance(error, Exception)
    answer = await problems._unexpected(None, error)  # type: ignore[arg-type]
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert b'"code":"collided"' in answer.body


def test_a_deadlock_through_sqlalchemy_is_one_too():
    driver = Exception()
    driver.__cause__ = asyncpg.DeadlockDetectedError()
    assert failures.collided(DBAPIError(str(text("select 1")), None, driver))
    assert not failures.collided(DBAPIError("select 1", None, Exception()))


async def test_a_connection_cut_off_in_the_middle_of_a_copy_asks_to_repeat_the_request():
    error = asyncpg.InternalClientError("cannot switch to state 15; another operation (2) is in progress")
    answer = await problems._unexpected(None, error)  # type: ignore[arg-type]
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
    assert b'"code":"database-away"' in answer.body
