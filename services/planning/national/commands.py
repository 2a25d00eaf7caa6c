"""What regions publish, taken over by their hub."""

from collections.abc import Iterator, Sequence

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.national.queries import PLACES, PLANS
from services.planning.plan_totals.commands.publication import shown
from shared.disclosure.document import Release
from shared.events.planning import PlanTotal, TotalsComputed
from shared.events.release_parts import PlanReleasePublished
from shared.federation import regional_figures, regional_releases
from shared.federation.regional_figures import Figure
from shared.messaging.subscriptions import Received


async def take_totals(session: AsyncSession, events: Sequence[Received[TotalsComputed]]) -> None:
    """Keep the newest total of each unit and period of every region."""
    published = [(event, list(map(_figure, event.data.items))) for event in events]
    await regional_figures.take(session, PLANS, published)


async def take_releases(session: AsyncSession, events: Sequence[Received[PlanReleasePublished]]) -> None:
    """Store releases of regions, and show of each figure the newest that has it."""
    await regional_releases.take(session, PLANS, events, _of_release)


def _of_release(release: Release) -> Iterator[Figure]:
    for unit_code, figures in shown([release]).items():
        places = [figures[name][1] if name in figures else None for name in PLACES]
        yield Figure(unit_code, release.period, "", release.number, places, release.as_of)


def _figure(item: PlanTotal) -> Figure:
    """People and each figure, None where it is not published; a region of an earlier version fills `figures`."""
    published_figures = item.figures if item.told is None else item.told
    figures = None
    if published_figures is not None and not item.suppressed:
        figures = [item.people, *msgspec.structs.astuple(published_figures)]
    return Figure(item.unit_code, item.period, "", item.version, figures)
