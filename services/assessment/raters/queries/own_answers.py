"""What the caller answered as a rater, for their archive."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.assessment.tables import directory
from services.assessment.tables.ratings import assessment, rater_request, response
from shared.auth.caller import Caller
from shared.directory import authorization
from shared.http.paging import Page, page

_COLUMNS = (
    response.c.request_id, rater_request.c.category, assessment.c.level, assessment.c.framework_code,
    assessment.c.framework_version, response.c.ratings, response.c.relevance, response.c.submitted_at,
)  # fmt: skip


async def writer(session: AsyncSession, caller: Caller) -> UUID:
    """The person whose answers the caller may read: their own. Raises Forbidden `person-not-tied`."""
    return await authorization.require_person(session, caller, "rating.give")


async def own_answers(session: AsyncSession, caller: Caller, wanted: Page) -> dict[str, Any]:
    """A page of answers that the caller gave by a sign-in of their own, by request. They do not say of whom.

    What somebody typed in on their behalf is not theirs. In ratings 0 stands for no chance to observe.
    Raises Forbidden `person-not-tied`.
    """
    person = await writer(session, caller)
    keys = sa.select(directory.subject.c.subject_key).where(directory.subject.c.person_id == person)
    its = sa.and_(
        response.c.assessment_id == rater_request.c.assessment_id,
        response.c.request_id == rater_request.c.request_id,
    )
    asked = rater_request.join(response, its).join(
        assessment, assessment.c.assessment_id == rater_request.c.assessment_id
    )
    own = sa.and_(rater_request.c.person_id == person, response.c.entered_by.in_(keys))
    select = sa.select(*_COLUMNS).select_from(asked).where(own)
    return await page(session, select, [response.c.request_id], wanted)
