"""Changes get their place in the histories once nothing can come before them any more."""

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.tables.resource_changes import resource_change
from shared import clock
from shared.database.engine import lock

AT_ONCE = 2000

# A transaction that was begun earlier may commit later: what it changed would come before what is read already.
# A number above all of this server's is one from before a restoration into another server.
_SETTLE = sa.text("""
with last as (select coalesce(max(position), 0) as position, max(settled_at) as settled_at from resource_change),
due as (
    select number, row_number() over (order by transaction, number) as place from resource_change
    where position is null and (
        transaction < cast(cast(pg_snapshot_xmin(pg_current_snapshot()) as text) as bigint)
        or transaction >= cast(cast(pg_snapshot_xmax(pg_current_snapshot()) as text) as bigint))
    order by transaction, number limit :most
)
update resource_change c set position = last.position + due.place,
    settled_at = greatest(cast(:at as timestamptz), last.settled_at)
from due, last where c.number = due.number
returning c.number
""")


async def settle(session: AsyncSession) -> int:
    """Place changes whose transactions are over. Returns how many; a later call takes those that wait."""
    unsettled = sa.select(resource_change.c.number).where(resource_change.c.position.is_(None))
    if await session.scalar(unsettled.limit(1)) is None:
        return 0
    await lock(session, "registry changes")
    placed = await session.execute(_SETTLE, {"most": AT_ONCE, "at": clock.now()})
    return len(placed.all())
