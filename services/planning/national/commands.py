"""What regions publish, taken over by their hub."""

from collections.abc import Sequence

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.national.queries import PLANS
from shared.events.planning import PlanTotal, TotalsComputed
from shared.federation import regional_figures
from shared.federation.regional_figures import Figure
from shared.messaging.subscriptions import Received


async def take_totals(session: AsyncSession, events: Sequence[Received[TotalsComputed]]) -> None:
    """Keep the newest total of each unit and period of every region."""
    published = [(event, list(map(_figure, event.data.items))) for event in events]
    await regional_figures.take(session, PLANS, published)


def _figure(item: PlanTotal) -> Figure:
    """People and each figure, None where it is not published; a region of an earlier version fills `figures`."""
    published_figures = item.figures if item.told is None else item.told
    figures = None
    if published_figures is not None and not item.suppressed:
        figures = [item.people, *msgspec.structs.astuple(published_figures)]
    return Figure(item.unit_code, item.period, "", item.version, figures)
