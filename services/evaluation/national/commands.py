"""What regions publish, taken over by their hub."""

from collections.abc import Iterator, Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from services.evaluation.indicators.commands.publication import shown
from services.evaluation.national.queries import INDICATOR
from shared.disclosure.document import Release
from shared.events.evaluation import IndicatorComputed, IndicatorValue
from shared.events.release_parts import IndicatorReleasePublished
from shared.federation import regional_figures, regional_releases
from shared.federation.regional_figures import Figure
from shared.messaging.subscriptions import Received


async def take_indicators(session: AsyncSession, events: Sequence[Received[IndicatorComputed]]) -> None:
    """Keep the newest value of each unit, period and indicator of every region."""
    published = [(event, list(map(_figure, event.data.items))) for event in events]
    await regional_figures.take(session, INDICATOR, published)


async def take_releases(session: AsyncSession, events: Sequence[Received[IndicatorReleasePublished]]) -> None:
    """Store releases of regions, and show of each indicator the newest that has it."""
    await regional_releases.take(session, INDICATOR, events, _of_release)


def _of_release(release: Release) -> Iterator[Figure]:
    for one in shown(release):
        figures = (one.numerator, one.denominator)
        yield Figure(one.unit_code, release.period, one.indicator, release.number, figures, release.as_of)


def _figure(item: IndicatorValue) -> Figure:
    shown = item.numerator is not None and item.denominator is not None and not item.suppressed
    figures = [item.numerator or 0, item.denominator or 0] if shown else None
    return Figure(item.unit_code, item.period, item.indicator, item.version, figures, item.as_of)
