"""What regions publish, taken over by their hub."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from services.evaluation.national.queries import INDICATOR
from shared.events.evaluation import IndicatorComputed, IndicatorValue
from shared.federation import regional_figures
from shared.federation.regional_figures import Figure
from shared.messaging.subscriptions import Received


async def take_indicators(session: AsyncSession, events: Sequence[Received[IndicatorComputed]]) -> None:
    """Keep the newest value of each unit, period and indicator of every region."""
    published = [(event, list(map(_figure, event.data.items))) for event in events]
    await regional_figures.take(session, INDICATOR, published)


def _figure(item: IndicatorValue) -> Figure:
    shown = item.numerator is not None and item.denominator is not None and not item.suppressed
    figures = [item.numerator or 0, item.denominator or 0] if shown else None
    return Figure(item.unit_code, item.period, item.indicator, item.version, figures, item.as_of)
