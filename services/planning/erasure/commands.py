"""Rows of planning about people who are erased."""

from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.tables import carried_plans, metadata
from services.planning.tables.plans import activity, plan
from shared.erasure.commands import of_service

WITH_PEOPLE = (carried_plans,)  # imported, so that its table is on the metadata


async def _forget_drafts(session: AsyncSession, person_id: UUID) -> None:
    """What plans that nobody agreed to would have been. That they were proposed is a figure, and stays."""
    drafts = sa.select(plan.c.plan_id).where(plan.c.person_id == person_id, plan.c.agreed_at.is_(None))
    await session.execute(sa.delete(activity).where(activity.c.plan_id.in_(drafts)))


erase, repeat, sweep = of_service(metadata, _forget_drafts)
