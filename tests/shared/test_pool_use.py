"""How many connections a process uses."""

from shared.database import OVERFLOW, Database


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
