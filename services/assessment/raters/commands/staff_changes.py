"""What news about people, posts and units changes in open assessments."""

from collections.abc import Sequence
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.assessment.raters.commands import raters
from services.assessment.tables import directory

# An assessment belongs to the unit of its post at completion, so an open one follows the post.
# Rows are locked in key order, as everywhere.
_FOLLOW = sa.text("""
with moved as (
    select a.assessment_id, p.unit_code
    from assessment a join post p using (post_id)
    where a.person_id = any(:people) and a.state = 'open' and a.unit_code <> p.unit_code
    order by a.assessment_id for update of a
)
update assessment a set unit_code = moved.unit_code, version = version + 1
from moved where a.assessment_id = moved.assessment_id
""")


async def changed(session: AsyncSession, people: Sequence[UUID]) -> None:
    """After the directory took over `people`: those who left rate no more, open assessments follow posts."""
    if not people:
        return
    gone = sa.select(directory.person.c.person_id)
    gone = gone.where(directory.person.c.person_id.in_(people), directory.person.c.active.is_(False))
    left = list((await session.execute(gone)).scalars())
    if left:
        await raters.withdraw(session, left)
    await session.execute(_FOLLOW, {"people": list(people)})
