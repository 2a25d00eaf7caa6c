"""What regions publish, taken over by their hub."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from services.evaluation.queries.national import INDICATOR
from shared import national
from shared.consumers import Received
from shared.events.evaluation import IndicatorComputed, IndicatorValue
from shared.national import Figure


async def take_indicators(session: AsyncSession, events: Sequence[Received[IndicatorComputed]]) -> None:
    """Keep the newest value of each unit, period and indicator of every region."""
    published = [(event, list(map(_figure, event.data.items))) for event in events]
    await national.take(session, INDICATOR, published)


def _figure(item: IndicatorValue) -> Figure:
    shown = item.numerator is not None and item.denominator is not None and not item.suppressed
    figures = [item.numerator or 0, item.denominator or 0] if shown else None
    return Figure(item.unit_code, item.period, item.indicator, item.version, figures, item.as_of)
