"""Events that planning reacts to; each becomes a command."""

from uuid import UUID

from services.planning.carried_plans import commands as carried_plans
from services.planning.catalogue.commands import catalogue, entries
from services.planning.erasure import commands as erasing
from services.planning.follow_ups import commands as follow_ups
from services.planning.merged_plans import commands as merged_plans
from services.planning.national import commands as regional
from services.planning.plans.commands import departures, proposing
from shared import clock
from shared.directory.projection import apply_people, apply_units
from shared.events.assessment import AssessmentCompleted
from shared.events.person_arrivals import PersonArrived
from shared.events.planning import (
    ActivityCompleted,
    CataloguePublished,
    EntriesOffered,
    EntriesPublished,
    TotalsComputed,
)
from shared.events.registry import PeopleChanged, PeopleMerged, PeopleUnmerged, PersonErased, UnitsChanged
from shared.events.release_parts import PlanReleasePublished
from shared.federation import regional_figures
from shared.messaging.subscriptions import Batch, Consumers, One, Session

consumers = Consumers("planning")


@consumers.batch(PeopleChanged)
async def people_changed(session: Session, events: Batch[PeopleChanged]) -> None:
    """Take people over, for scope checks; plans of those who left end."""
    await departures.end_plans_of(session, await apply_people(session, events))


@consumers.batch(PeopleMerged)
async def people_merged(session: Session, events: Batch[PeopleMerged]) -> None:
    """Plans of two people are of one."""
    await merged_plans.take(session, events)


@consumers.batch(PeopleUnmerged)
async def people_unmerged(session: Session, events: Batch[PeopleUnmerged]) -> None:
    """Plans are of both people again."""
    await merged_plans.take(session, events)


@consumers.batch(UnitsChanged)
async def units_changed(session: Session, events: Batch[UnitsChanged]) -> None:
    """Take units over, for scope checks and limits."""
    await apply_units(session, events)


@consumers.batch(AssessmentCompleted)
async def assessment_completed(session: Session, events: Batch[AssessmentCompleted]) -> None:
    """Propose a plan for each."""
    await proposing.propose_all(session, events)


@consumers.each(ActivityCompleted)
async def activity_completed(session: Session, event: One[ActivityCompleted]) -> None:
    """Date the plan's follow-ups."""
    await follow_ups.schedule(session, UUID(event.data.plan_id), clock.day_of(event.data.completed_at))


@consumers.batch(PersonArrived)
async def person_arrived(session: Session, events: Batch[PersonArrived]) -> None:
    """Keep the plans that people bring from other regions."""
    await carried_plans.take(session, events)


@consumers.batch(PersonErased)
async def person_erased(session: Session, events: Batch[PersonErased]) -> None:
    """Let what is known of people go on under pseudonyms."""
    await erasing.erase(session, [UUID(event.data.person_id) for event in events])


@consumers.national(UnitsChanged)
async def regional_units(session: Session, events: Batch[UnitsChanged]) -> None:
    """At a hub: keep the regions' trees."""
    await regional_figures.take_units(session, events)


@consumers.national(TotalsComputed)
async def regional_totals(session: Session, events: Batch[TotalsComputed]) -> None:
    """At a hub: keep the regions' totals."""
    await regional.take_totals(session, events)


@consumers.each(CataloguePublished)
async def catalogue_published(session: Session, event: One[CataloguePublished]) -> None:
    """In a region: take over the hub's catalogue."""
    await catalogue.take(session, event.data)


@consumers.each(EntriesOffered)
async def entries_offered(session: Session, event: One[EntriesOffered]) -> None:
    """In a region: take over what the hub wrote itself."""
    await entries.take_of_hub(session, event)


@consumers.national(EntriesPublished)
async def regional_entries(session: Session, events: Batch[EntriesPublished]) -> None:
    """At a hub: keep what regions added to the catalogue."""
    await entries.take(session, events)


@consumers.national(PlanReleasePublished)
async def regional_releases(session: Session, events: Batch[PlanReleasePublished]) -> None:
    """At a hub: the regions' releases of totals."""
    await regional.take_releases(session, events)
