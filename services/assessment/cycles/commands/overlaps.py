"""Two open cycles over one post would ask everybody twice: refused, unless it is meant."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from shared import clock
from shared.errors import Conflict

# Posts of the drafted cycle `c` for which an assessment of another open cycle is open.
_SHARED_POSTS = """
from assessment a join cycle other on other.cycle_id = a.cycle_id and other.state = 'open'
join post p on p.post_id = a.post_id and p.is_primary and p.role_code = any(c.role_codes)
    and p.valid_from <= cast(:today as date) and (p.valid_to is null or p.valid_to >= cast(:today as date))
join unit u on u.unit_code = p.unit_code and c.unit_code = any(u.path)
where a.state = 'open' and a.cycle_id <> c.cycle_id
"""
_COUNT = sa.text(
    f"select (select count(*) {_SHARED_POSTS}) from cycle c where c.cycle_id = cast(:cycle_id as uuid)"
)
_DUE = sa.text(f"""
select c.cycle_id from cycle c
where c.state = 'draft' and c.starts_on <= cast(:today as date) and c.ends_on >= cast(:today as date)
    and (c.overlapping or not exists (select {_SHARED_POSTS}))
limit 1
""")
# Of two cycles that open at the same moment the second sees the first.
_ALONE = sa.text("select pg_advisory_xact_lock(hashtextextended('a cycle opens', 0))")


async def refuse(session: AsyncSession, row: sa.RowMapping) -> None:
    """Whether a locked draft may open beside the open cycles; the next to open waits for this transaction.

    Raises Conflict `cycle-overlaps` when one of its posts is being assessed in another open cycle, and
    the draft is not `overlapping`.
    """
    await session.execute(_ALONE)
    if row["overlapping"]:
        return
    values: dict[str, Any] = {"cycle_id": row["cycle_id"], "today": clock.today()}
    if shared := await session.scalar(_COUNT, values):
        raise Conflict("cycle-overlaps", f"Another open cycle asks about {shared} of these posts.")


async def due(session: AsyncSession) -> UUID | None:
    """A draft whose first day has come and that may open; one whose last day has passed too stays a draft."""
    found: UUID | None = await session.scalar(_DUE, {"today": clock.today()})
    return found
