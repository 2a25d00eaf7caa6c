"""How many connections a process uses, and what it asks of one."""

import asyncpg
import pytest
import sqlalchemy as sa

from shared.database.engine import OVERFLOW, Database, raw


async def test_connections_count_while_they_are_used(settings):
    known = settings("planning")
    database = Database(known)
    limits = {"sessions": known.database_pool + OVERFLOW, "plain": known.database_pool}
    try:
        assert database.use() == [("sessions", 0, limits["sessions"]), ("plain", 0, limits["plain"])]
        async with database.reading(), database.transaction():
            assert database.use() == [("sessions", 1, limits["sessions"]), ("plain", 1, limits["plain"])]
        assert {used for _, used, _ in database.use()} == {0}
    finally:
        await database.close()


async def test_a_connection_cut_off_in_the_middle_of_a_copy_is_used_by_nobody_else(settings):
    """PostgreSQL killed 80 times under load: 13 requests got one that another request had lost so."""
    database = Database(settings("planning"))
    used: list[int] = []

    async def cut_off(error: Exception | None) -> None:
        async with database.transaction() as connection:
            used.append(connection.get_server_pid())
            if error is not None:
                raise error

    try:
        with pytest.raises(asyncpg.InternalClientError):
            await cut_off(asyncpg.InternalClientError("cannot switch to state 15"))
        await cut_off(None)
        assert used[0] != used[1]
    finally:
        await database.close()


async def test_a_session_asks_once_whether_its_connection_is_there(settings):
    database, said = Database(settings("planning")), list[str]()
    try:
        async with database.session() as session:
            (await raw(session)).add_query_logger(lambda record: said.append(record.query))
        said.clear()
        async with database.session() as session:
            await session.scalar(sa.select(1))
        assert said == [";", "BEGIN;", "COMMIT;"]  # prepared statements go unlogged
    finally:
        await database.close()


async def test_a_connection_whose_server_ended_is_replaced(settings):
    database, pid = Database(settings("planning")), sa.select(sa.func.pg_backend_pid())
    try:
        async with database.session() as session:
            first = await session.scalar(pid)
        async with database.transaction() as connection:
            await connection.execute("select pg_terminate_backend($1)", first)
        async with database.session() as session:
            assert await session.scalar(pid) != first
    finally:
        await database.close()
