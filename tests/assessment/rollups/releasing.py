"""Releases of roll-ups in tests: made at once, under one calendar date after the other."""

from datetime import date, timedelta
from itertools import count

import sqlalchemy as sa

from services.assessment.rollups.commands import rollup_releases
from shared.database.engine import Database
from shared.releases.due_dates import Due

TABLES = ("release", "release_forest", "release_share", "release_member", "release_cell", "release_date")
NEXT_DAY = count(1)


async def publish(database: Database) -> None:
    """Release every period in which anybody counts, as the timer does when a date has come."""
    as_of = date(2030, 1, 1) + timedelta(days=next(NEXT_DAY))
    async with database.session() as session:
        found = (await session.execute(sa.text("select distinct period from counted"))).scalars().all()
    for period in sorted(found):
        async with database.session() as session:
            await rollup_releases.release(session, Due(period, as_of))


async def never_released(database: Database) -> None:
    """As if nothing had ever been released; a table's owner alone can do that."""
    async with database.session() as session:
        await session.execute(sa.text("alter table release disable trigger user"))
        for table in TABLES:
            await session.execute(sa.text(f"delete from {table}"))
        await session.execute(sa.text("alter table release enable trigger user"))
