"""What regions publish of scores, taken over by their hub."""

from collections.abc import Iterator, Sequence
from itertools import chain

from sqlalchemy.ext.asyncio import AsyncSession

from services.assessment.rollups.commands.publication import shown
from shared.disclosure.document import Release
from shared.events.assessment import Rollup, RollupsPublished
from shared.events.framework import COMPETENCIES
from shared.events.release_parts import RollupReleasePublished
from shared.federation import regional_figures, regional_releases
from shared.federation.regional_figures import Figure
from shared.messaging.batches import Unreadable
from shared.messaging.subscriptions import Received
from shared.suppression import parted

ROLLUP = "rollup"


async def take(session: AsyncSession, events: Sequence[Received[RollupsPublished]]) -> None:
    """Keep the newest roll-up of each unit, period and level of every region.

    Raises Unreadable on figures of another length: if they were stored, no others could be added to them.
    """
    await regional_figures.take(
        session, ROLLUP, [(event, list(map(_figure, event.data.items))) for event in events]
    )


async def take_releases(session: AsyncSession, events: Sequence[Received[RollupReleasePublished]]) -> None:
    """Store releases of regions, and show of each figure the newest that has it."""
    await regional_releases.take(session, ROLLUP, events, _of_release)


def _of_release(release: Release) -> Iterator[Figure]:
    """As `_places`; None in the places of a figure that the release withholds, so that an earlier one is kept."""
    for row in shown(release):
        people, *scores = row.moved
        columns = zip(scores, row.counts, row.sums, row.below, strict=True)
        competencies = [
            (count, total, *_below(count, below)) if released else (None,) * 4
            for released, count, total, below in columns
        ]
        places = chain.from_iterable(zip(*competencies, strict=True))
        figures = [row.people if people else None, *places]
        yield Figure(row.unit_code, release.period, row.level, release.number, figures, release.as_of)


def _below(count: int, below: int | None) -> tuple[int, int]:
    """People and those below target; nobody where it is not told."""
    told = below is not None and parted(below, count - below)
    return (count, below or 0) if told else (0, 0)


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
