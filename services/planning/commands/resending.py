"""Everything that planning tells a hub, told again."""

from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.commands import entries, plan_totals


async def resend(session: AsyncSession) -> None:
    """Put totals and own entries into the outbox, with the versions they have."""
    await plan_totals.resend(session)
    await entries.resend(session)
