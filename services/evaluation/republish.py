"""Everything that evaluation publishes for other instances, published again."""

from collections.abc import Awaitable, Callable

from sqlalchemy.ext.asyncio import AsyncSession

from services.evaluation.catalogue import commands as definitions
from services.evaluation.indicators.commands import publication as publishing
from services.evaluation.targets import commands as targets
from shared.events.release_parts import IndicatorReleasePublished
from shared.releases import document_events
from shared.settings import Settings


def resend(settings: Settings) -> Callable[[AsyncSession], Awaitable[None]]:
    """Puts values, definitions and own targets into the outbox, with the versions they have."""

    async def again(session: AsyncSession) -> None:
        await publishing.resend(session)
        await document_events.resend(session, IndicatorReleasePublished)
        await definitions.resend(session, settings)
        await targets.resend(session, settings)

    return again
