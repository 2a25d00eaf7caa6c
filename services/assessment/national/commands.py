"""What regions publish of scores, taken over by their hub."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from shared.events.assessment import Rollup, RollupsPublished
from shared.events.framework import COMPETENCIES
from shared.federation import regional_figures
from shared.federation.regional_figures import Figure
from shared.messaging.batches import Unreadable
from shared.messaging.subscriptions import Received

ROLLUP = "rollup"


async def take(session: AsyncSession, events: Sequence[Received[RollupsPublished]]) -> None:
    """Keep the newest roll-up of each unit, period and level of every region.

    Raises Unreadable on figures of another length: if they were stored, no others could be added to them.
    """
    await regional_figures.take(
        session, ROLLUP, [(event, list(map(_figure, event.data.items))) for event in events]
    )


def _figure(item: Rollup) -> Figure:
    if {len(item.counts), len(item.sums), len(item.below)} != {len(COMPETENCIES)}:
        raise Unreadable(f"a roll-up over {len(item.counts)} competencies")
    figures = None if item.suppressed or item.people is None else [item.people, *_places(item)]
    return Figure(item.unit_code, item.period, item.level, item.version, figures)


def _places(item: Rollup) -> list[int]:
    """Per competency people, sum, and people and those below target where that is told; nobody where it is not.

    Places of regions can then be added, each to its own like.
    """
    known = (0 if below is None else count or 0 for count, below in zip(item.counts, item.below, strict=True))
    rows = (item.counts, item.sums, known, item.below)
    return [place or 0 for row in rows for place in row]
