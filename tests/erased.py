"""Where a database still says something of somebody who was erased."""

import sqlalchemy as sa

from shared.database.engine import Database
from tests.servers import wait_for

TABLES = sa.text("select tablename from pg_tables where schemaname = current_schema() order by tablename")


async def mentions(database: Database, *names: str, but: tuple[str, ...] = ()) -> list[str]:
    """The tables, without those in `but`, of which a row has one of the names, as text or inside bytes."""
    wanted = [each for name in names for each in (name, name.encode().hex())]
    found = []
    async with database.reading() as session:
        for table in await session.scalars(TABLES):
            like = sa.text(
                f'select exists (select from "{table}" t, unnest(cast(:names as text[])) as n(name) '
                "where strpos(t::text, n.name) > 0)"
            )
            if table not in but and await session.scalar(like, {"names": wanted}):
                found.append(table)
    return found


async def wait_for_erased(database: Database, *names: str, but: tuple[str, ...] = ()) -> None:
    """Wait until none of the names is in any table but these.

    A person who changed is due to be compared, and for a moment there is a row that says so. AssertionError
    with the tables, where some are left.
    """
    left: list[str] = []

    async def gone() -> bool:
        left[:] = await mentions(database, *names, but=but)
        return not left

    try:
        await wait_for(gone)
    except AssertionError:
        raise AssertionError(f"still in {left}") from None
