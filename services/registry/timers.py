"""What becomes true because its day comes: dated moves, posts that begin or end, people who leave.

The day, or a commit with a day that is past, wakes these timers; headcounts follow commits. All have the
usual heartbeat: nothing else makes work for them but a correction by hand.
"""

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.commands import headcounts as counting
from services.registry.commands.publishing import announce_people, raise_people
from services.registry.commands.tree import take_due_places
from shared import clock
from shared.database import raw
from shared.timers import Timers

timers = Timers("registry")

_DUE = sa.text("""
delete from agenda where (person_id, due_on) in (
    select person_id, due_on from agenda where due_on <= :today order by due_on limit 500 for update skip locked)
returning person_id
""")


@timers.every(seconds=0.5)
async def moves(session: AsyncSession) -> int:
    """Units stand where a dated move puts them from today."""
    return await take_due_places(session)


@timers.every(seconds=0.5)
async def people(session: AsyncSession) -> int:
    """People whose posts began or ended, or who left, are published as they are now."""
    ids = set((await session.scalars(_DUE, {"today": clock.today()})).all())
    if ids:
        connection = await raw(session)
        await raise_people(connection, ids)
        await announce_people(connection, ids)
    return len(ids)


@timers.every(seconds=2)
async def headcounts(session: AsyncSession) -> int:
    """In a federation: publish headcounts that may move."""
    return await counting.count(session)
