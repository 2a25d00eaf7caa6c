"""What regions publish, taken over by their hub."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.national.queries import HEADCOUNT
from shared.events.registry import Headcount, HeadcountsComputed
from shared.federation import regional_figures
from shared.federation.regional_figures import Figure
from shared.messaging.subscriptions import Received


async def take_headcounts(session: AsyncSession, events: Sequence[Received[HeadcountsComputed]]) -> None:
    """Keep the newest headcount of each unit and level of every region."""
    published = [(event, list(map(_figure, event.data.items))) for event in events]
    await regional_figures.take(session, HEADCOUNT, published)


def _figure(item: Headcount) -> Figure:
    shown = item.people is not None and not item.suppressed
    figures = [item.people, item.women] if shown else None  # women alone may be withheld
    return Figure(item.unit_code, "", item.level, item.version, figures, item.as_of)
