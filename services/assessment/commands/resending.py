"""Everything that assessment tells a hub or its regions, told again."""

from sqlalchemy.ext.asyncio import AsyncSession

from services.assessment.commands import frameworks, overlays, sending
from shared.epochs import Resend
from shared.settings import Settings


def resend(settings: Settings) -> Resend:
    """Puts frameworks, own role profiles and roll-ups into the outbox, with the versions they have."""

    async def again(session: AsyncSession) -> None:
        await frameworks.resend(session)
        await overlays.resend(session, settings)
        await sending.resend(session)

    return again
