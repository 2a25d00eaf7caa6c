"""Everything that assessment publishes for a hub or its regions, published again."""

from sqlalchemy.ext.asyncio import AsyncSession

from services.assessment.frameworks.commands import frameworks, own_profiles
from services.assessment.rollups.commands import rollup_events
from shared.events.release_parts import RollupReleasePublished
from shared.federation.epochs import Resend
from shared.releases import document_events
from shared.settings import Settings


def resend(settings: Settings) -> Resend:
    """Puts frameworks, own role profiles and roll-ups into the outbox, with the versions they have."""

    async def again(session: AsyncSession) -> None:
        await frameworks.resend(session)
        await own_profiles.resend(session, settings)
        await rollup_events.resend(session)
        await document_events.resend(session, RollupReleasePublished)

    return again
