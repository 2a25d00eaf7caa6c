"""What regions publish, taken over by their hub."""

from collections.abc import Iterator, Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.national.commands.headcounts import shown
from services.registry.national.queries import HEADCOUNT
from shared.disclosure.document import Release
from shared.events.registry import Headcount, HeadcountsComputed
from shared.events.release_parts import HeadcountReleasePublished
from shared.federation import regional_figures, regional_releases
from shared.federation.regional_figures import Figure
from shared.messaging.subscriptions import Received


async def take_headcounts(session: AsyncSession, events: Sequence[Received[HeadcountsComputed]]) -> None:
    """Keep the newest headcount of each unit and level of every region."""
    published = [(event, list(map(_figure, event.data.items))) for event in events]
    await regional_figures.take(session, HEADCOUNT, published)


async def take_releases(session: AsyncSession, events: Sequence[Received[HeadcountReleasePublished]]) -> None:
    """Store releases of regions, and show of each headcount the newest that has it."""
    await regional_releases.take(session, HEADCOUNT, events, _of_release)


def _of_release(release: Release) -> Iterator[Figure]:
    """Women go with the people: beside these no earlier number of women is shown."""
    for one in shown(release):
        figures = (one.people, one.women)
        yield Figure(
            one.unit_code, "", one.level, release.number, figures, release.as_of, decided=(True, True)
        )


def _figure(item: Headcount) -> Figure:
    shown = item.people is not None and not item.suppressed
    figures = [item.people, item.women] if shown else None  # women alone may be withheld
    return Figure(item.unit_code, "", item.level, item.version, figures, item.as_of)
