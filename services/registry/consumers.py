"""At a hub: what its regions publish of their units and headcounts."""

from services.registry.mcsd.commands import units_of_regions
from services.registry.national.commands import region_addresses
from services.registry.national.commands import regional as commands
from shared.events.registry import HeadcountsComputed, RegionAddressed, UnitsChanged
from shared.events.release_parts import HeadcountReleasePublished
from shared.messaging.subscriptions import Batch, Consumers, Session

consumers = Consumers("registry")


@consumers.national(UnitsChanged)
async def regional_units(session: Session, events: Batch[UnitsChanged]) -> None:
    """Keep the regions' trees, and what FHIR shows of them."""
    await units_of_regions.take_units(session, events)


@consumers.national(HeadcountsComputed)
async def regional_headcounts(session: Session, events: Batch[HeadcountsComputed]) -> None:
    """Keep the regions' headcounts."""
    await commands.take_headcounts(session, events)


@consumers.national(HeadcountReleasePublished)
async def releases(session: Session, events: Batch[HeadcountReleasePublished]) -> None:
    """At a hub: releases of the regions."""
    await commands.take_releases(session, events)


@consumers.national(RegionAddressed)
async def regional_addresses(session: Session, events: Batch[RegionAddressed]) -> None:
    """Keep where each region is spoken to."""
    await region_addresses.take(session, events)
