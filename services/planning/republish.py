"""Everything that planning publishes for a hub or its regions, published again."""

from collections.abc import Awaitable, Callable

from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.catalogue.commands import catalogue, entries
from services.planning.plan_totals.commands import publication as plan_totals
from shared.events.release_parts import PlanReleasePublished
from shared.releases import document_events
from shared.settings import Settings


def resend(settings: Settings) -> Callable[[AsyncSession], Awaitable[None]]:
    """Puts totals, own entries and the catalogue into the outbox, with the versions they have."""

    async def again(session: AsyncSession) -> None:
        await plan_totals.resend(session)
        await document_events.resend(session, PlanReleasePublished)
        await entries.resend(session, settings)
        await catalogue.resend(session)

    return again
