"""Rows of planning about people who are erased."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.tables import metadata, plans
from shared.erasure import commands
from shared.events.registry import PersonErased

WITH_PEOPLE = (plans,)  # imported, so that its tables are on the metadata


async def erase(session: AsyncSession, ids: Sequence[UUID]) -> None:
    """Let everything about people go on under their pseudonyms. Safe to repeat."""
    await commands.erase(session, metadata, ids)


async def repeat(session: AsyncSession, event: PersonErased) -> None:
    """Erase somebody again who is back from a backup."""
    await erase(session, [UUID(event.person_id)])


async def sweep(session: AsyncSession) -> int:
    """Erase once more what came about while somebody was erased. Returns how many are done with."""
    return await commands.sweep(session, metadata)
