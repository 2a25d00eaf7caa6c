"""Everything that assessment tells a hub or its regions, told again."""

from sqlalchemy.ext.asyncio import AsyncSession

from services.assessment.commands import frameworks, overlays, sending
from shared.epochs import Resend

# Each puts its states into the outbox with the versions they have.
RESENDS: tuple[Resend, ...] = (frameworks.resend, overlays.resend, sending.resend)


async def resend(session: AsyncSession) -> None:
    """Put all that is published into the outbox, in one transaction."""
    for each in RESENDS:
        await each(session)
