"""Reads of results that people brought."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.assessment.tables.carried_results import carried_result
from shared.http.paging import Page, page

_INTERNAL = {"number"}


async def of_person(session: AsyncSession, person_id: UUID, wanted: Page) -> dict[str, Any]:
    """A page of what the person brought, oldest first."""
    shown = [column for column in carried_result.c if column.name not in _INTERNAL]
    select = sa.select(*shown).where(carried_result.c.person_id == person_id)
    return await page(session, select, [carried_result.c.completed_at, carried_result.c.carried_id], wanted)
