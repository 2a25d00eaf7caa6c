"""Who reads the groups of raters in a result: nobody who can make a rater or knows an answer.

A role that writes placements (`hris`) reads levels and gaps, else it could place two people beside an
honest third and subtract them. The same holds for anyone who typed answers of this assessment in.
"""

from collections.abc import Collection
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.assessment.tables import directory
from services.assessment.tables.ratings import response
from shared.auth.caller import Caller

PLACES_RATERS = "hris"
OF_GROUPS = ("groups", "quality")


async def withheld(session: AsyncSession, caller: Caller, assessments: Collection[UUID]) -> set[UUID]:
    """Those of `assessments` whose groups the caller may not read, although their levels are shown."""
    if PLACES_RATERS in caller.roles:
        return set(assessments)
    tied = directory.subject
    me = sa.select(tied.c.person_id).where(tied.c.subject_key == caller.subject_key).scalar_subquery()
    known = [*await session.scalars(sa.select(tied.c.subject_key).where(tied.c.person_id == me))]
    keys = {caller.subject_key, *known}
    entered = response.c.typed_by.in_(keys) | response.c.checked_by.in_(keys)
    select = sa.select(response.c.assessment_id).distinct()
    return set(await session.scalars(select.where(response.c.assessment_id.in_(assessments), entered)))


def without_groups(shown: dict[str, Any]) -> dict[str, Any]:
    """A result without what is told of groups of raters."""
    return shown | dict.fromkeys(OF_GROUPS)
