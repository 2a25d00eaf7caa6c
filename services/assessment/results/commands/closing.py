"""What time and bulk loads leave to be done: cycles due, assessments ready, snapshots to publish.

Each function handles one batch in its caller's transaction and returns how many it handled, so the
timer that calls it comes back at once while there is more.
"""

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.assessment.cycles.commands import cycles, overlaps
from services.assessment.results.commands import completions
from services.assessment.tables.cycles import cycle
from services.assessment.tables.ratings import assessment
from shared import clock
from shared.database.engine import raw

BATCH = 200  # assessments scored in one transaction: about 0.2 s, then others get their turn

_READY = """
select assessment_id from assessment where state = 'open' and awaited = 0
order by assessment_id limit $1 for update skip locked
"""
_OVERDUE = """
select assessment_id from assessment where state = 'open' and kind = 'follow-up' and due_on < $2
order by assessment_id limit $1 for update skip locked
"""
_CLOSED = """
select a.assessment_id from cycle c join assessment a using (cycle_id)
where c.state = 'closed' and c.settled_at is null and a.state = 'open'
order by a.assessment_id limit $1 for update of a skip locked
"""


async def start_cycles(session: AsyncSession) -> int:
    """Open the drafts whose first day has come, those aside that would ask about a post asked about already."""
    found = await overlaps.due(session)
    if found is None:
        return 0
    await cycles.open_(session, await cycles.locked(session, found))
    return 1


async def end_cycles(session: AsyncSession) -> int:
    """Close the cycles whose last day has passed."""
    due = (cycle.c.state == "open") & (cycle.c.ends_on < clock.today())
    found = await session.scalar(sa.select(cycle.c.cycle_id).where(due).limit(1))
    if found is None:
        return 0
    await cycles.close(session, await cycles.locked(session, found))
    return 1


async def settle(session: AsyncSession) -> int:
    """Score or expire assessments that await nobody, are overdue, or whose cycle closed."""
    connection = await raw(session)
    ready = await connection.fetch(_READY, BATCH)
    overdue = await connection.fetch(_OVERDUE, BATCH, clock.today())
    closed = await connection.fetch(_CLOSED, BATCH)
    due = {row["assessment_id"] for row in (*ready, *overdue, *closed)}
    if due:
        return len(await completions.complete(connection, sorted(due)[:BATCH]))
    return 0


async def finish_cycles(session: AsyncSession) -> int:
    """Freeze prevalence and publish `cycle-closed` for a closed cycle without open assessments."""
    open_ = sa.select(assessment).where(
        assessment.c.cycle_id == cycle.c.cycle_id, assessment.c.state == "open"
    )
    closed = sa.select(cycle.c.cycle_id).where(
        cycle.c.state == "closed", cycle.c.settled_at.is_(None), ~open_.exists()
    )
    found = await session.scalar(closed.limit(1))
    if found is None:
        return 0
    await cycles.settled(session, await cycles.locked(session, found))
    return 1
