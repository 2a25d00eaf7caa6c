"""Whose a plan is. All plans go on: nobody closes one because of a merge."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from shared.directory import merges
from shared.directory.merges import Event, Keyed

TABLES = (Keyed("plan", "plan_id"), Keyed("carried_plan", "carried_id"))


async def take(session: AsyncSession, events: Sequence[Event]) -> None:
    """Take over merges: plans are of the person who is left, or of both again."""
    if people := await merges.apply_merges(session, events):
        await rekey(session, people)


async def rekey(session: AsyncSession, people: Sequence[UUID]) -> None:
    """Let plans of these people be of whom they are part of now."""
    await merges.rekey(session, TABLES, people)


async def settle(session: AsyncSession, people: Sequence[UUID]) -> list[UUID]:
    """After plans were made for these people: whose they are by now."""
    return await merges.settle(session, TABLES, people)
