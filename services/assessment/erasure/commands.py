"""Rows of assessment about people who are erased."""

from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.assessment.tables import carried_results, metadata, rollup_releases, rollups
from services.assessment.tables.ratings import assessment, response
from shared.erasure.commands import of_service

# Imported, so that their tables are on the metadata.
WITH_PEOPLE = (carried_results, rollups, rollup_releases)
COUNTING = ("open", "completed")  # states of assessments whose answers count, or will


async def _forget_drafts(session: AsyncSession, person_id: UUID) -> None:
    """Answers about them that came to no result. What they answered about others counts there, and stays."""
    ended = sa.select(assessment.c.assessment_id).where(
        assessment.c.person_id == person_id, assessment.c.state.not_in(COUNTING)
    )
    await session.execute(sa.delete(response).where(response.c.assessment_id.in_(ended)))


erase, repeat, sweep = of_service(metadata, _forget_drafts)
