"""Everything that planning tells a hub or its regions, told again."""

from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.commands import catalogue, entries, plan_totals


async def resend(session: AsyncSession) -> None:
    """Put totals, own entries and the catalogue into the outbox, with the versions they have."""
    await plan_totals.resend(session)
    await entries.resend(session)
    await catalogue.resend(session)
