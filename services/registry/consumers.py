"""At a hub: what its regions publish of their units and headcounts."""

from services.registry.commands import national as commands
from shared import national
from shared.consumers import Batch, Consumers, Session
from shared.events.registry import HeadcountsComputed, UnitsChanged

consumers = Consumers("registry")


@consumers.national(UnitsChanged)
async def regional_units(session: Session, events: Batch[UnitsChanged]) -> None:
    """Keep the regions' trees."""
    await national.take_units(session, events)


@consumers.national(HeadcountsComputed)
async def regional_headcounts(session: Session, events: Batch[HeadcountsComputed]) -> None:
    """Keep the regions' headcounts."""
    await commands.take_headcounts(session, events)
