"""Who may be named as a rater: whom the caller may know of, and nobody else.

A person elsewhere is answered like one who does not exist, so that naming tells nobody who is there.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.assessment.raters.commands.raters import Invitation, Named
from services.assessment.tables import directory
from shared import clock
from shared.auth.caller import Caller
from shared.directory.tables import held_on


async def nameable(
    session: AsyncSession,
    caller: Caller,
    assessment: Mapping[str, Any],
    invitations: Sequence[Invitation],
    *,
    partners_anywhere: bool,
) -> Named:
    """Who works inside the caller's units, or is a colleague of the assessed person.

    With `partners_anywhere` partners from elsewhere too, and those who are nowhere pass in silence.
    """
    people = [item.person_id for item in invitations]
    known = set(await session.scalars(_known(caller, assessment["person_id"], people)))
    if not partners_anywhere:
        return Named(known, set())
    partners = {item.person_id for item in invitations if item.category == "partner"} - known
    there = sa.select(directory.person.c.person_id)
    there = there.where(directory.person.c.person_id.in_(partners), directory.person.c.active)
    found = set(await session.scalars(there))
    return Named(known | found, partners - found, silent=True)


def _known(caller: Caller, subject: UUID, people: Sequence[UUID]) -> sa.Select[UUID]:
    """Those of `people` who hold a post inside the caller's units, or are colleagues of the subject.

    Colleagues are in the same unit, the manager, the manager's reports, and the subject's own reports.
    """
    person, post, unit = directory.person, directory.post, directory.unit
    columns = (post.c.post_id, post.c.person_id, post.c.unit_code, post.c.manager_post_id)
    held = (
        sa.select(*columns)
        .join(person, person.c.person_id == post.c.person_id)
        .where(person.c.active, held_on(post, clock.today()))
        .cte("held")
    )
    own = held.alias("own")
    colleague = sa.select(own).where(
        own.c.person_id == subject,
        sa.or_(
            held.c.unit_code == own.c.unit_code,
            held.c.post_id == own.c.manager_post_id,
            held.c.manager_post_id.in_([own.c.manager_post_id, own.c.post_id]),
        ),
    )
    inside = unit.c.path.overlap(list(caller.units))
    return (
        sa.select(held.c.person_id)
        .distinct()
        .join(unit, unit.c.unit_code == held.c.unit_code)
        .where(held.c.person_id.in_(people), sa.or_(inside, colleague.exists()))
    )
