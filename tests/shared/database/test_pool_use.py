"""How many connections a process uses."""

import asyncpg
import pytest

from shared.database.engine import OVERFLOW, Database


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
