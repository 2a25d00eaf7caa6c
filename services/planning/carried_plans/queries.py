"""Reads of plans that people brought."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.tables.carried_plans import carried_plan
from shared.http.paging import Page, page

_INTERNAL = {"number"}


async def of_person(session: AsyncSession, person_id: UUID, wanted: Page) -> dict[str, Any]:
    """A page of what the person brought, oldest first."""
    shown = [column for column in carried_plan.c if column.name not in _INTERNAL]
    select = sa.select(*shown).where(carried_plan.c.person_id == person_id)
    return await page(session, select, [carried_plan.c.proposed_at, carried_plan.c.carried_id], wanted)
