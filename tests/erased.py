"""Where a database still says something of somebody who was erased."""

import sqlalchemy as sa

from shared.database.engine import Database

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
