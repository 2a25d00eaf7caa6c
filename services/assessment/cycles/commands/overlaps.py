"""Two open cycles over one post would ask everybody twice: refused, unless it is meant."""

from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.assessment.tables import directory
from services.assessment.tables.cycles import cycle
from services.assessment.tables.ratings import assessment
from shared import clock
from shared.database.engine import lock
from shared.directory.tables import held_on
from shared.errors import Conflict

LOCK = "a cycle opens"  # of two cycles that open at the same moment the second sees the first


def _shared_posts() -> sa.Select[UUID]:
    """The posts of the drafted cycle for which an assessment of another open cycle is open."""
    other, post, unit = cycle.alias("other"), directory.post, directory.unit
    return (
        sa.select(assessment.c.post_id)
        .join(other, sa.and_(other.c.cycle_id == assessment.c.cycle_id, other.c.state == "open"))
        .join(post, post.c.post_id == assessment.c.post_id)
        .join(unit, unit.c.unit_code == post.c.unit_code)
        .where(
            assessment.c.state == "open",
            assessment.c.cycle_id != cycle.c.cycle_id,
            post.c.is_primary,
            post.c.role_code == sa.any_(cycle.c.role_codes),
            held_on(post, clock.today()),
            cycle.c.unit_code == sa.any_(unit.c.path),
        )
        .correlate(cycle)
    )


async def refuse(session: AsyncSession, row: sa.RowMapping) -> None:
    """Whether a locked draft may open together with the open cycles; the next to open waits for this transaction.

    Raises Conflict `cycle-overlaps` when one of its posts is being assessed in another open cycle, and
    the draft is not `overlapping`.
    """
    await lock(session, LOCK)
    if row["overlapping"]:
        return
    count = _shared_posts().with_only_columns(sa.func.count()).scalar_subquery()
    mine = sa.select(count).select_from(cycle).where(cycle.c.cycle_id == row["cycle_id"])
    if shared := await session.scalar(mine):
        raise Conflict("cycle-overlaps", f"Another open cycle asks about {shared} of these posts.")


async def due(session: AsyncSession) -> UUID | None:
    """A draft whose first day has come and that may open; one whose last day has passed too stays a draft."""
    today = clock.today()
    alone = sa.or_(cycle.c.overlapping, ~_shared_posts().exists())
    draft = sa.select(cycle.c.cycle_id).where(
        cycle.c.state == "draft", cycle.c.starts_on <= today, cycle.c.ends_on >= today, alone
    )
    found: UUID | None = await session.scalar(draft.limit(1))
    return found
