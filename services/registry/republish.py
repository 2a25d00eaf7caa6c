"""Everything that registry publishes for a hub, published again."""

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.national.commands import headcounts, region_addresses


async def resend(session: AsyncSession) -> None:
    """Put units, headcounts and the region's address into the outbox, with the versions they have."""
    await headcounts.resend(session)
    await region_addresses.resend(session)
