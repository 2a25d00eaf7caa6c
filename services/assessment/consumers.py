"""Events that assessment reacts to; each becomes a command."""

from uuid import UUID

from services.assessment.carried_results import commands as carried_results
from services.assessment.cycles.commands import follow_ups
from services.assessment.erasure import commands as erasing
from services.assessment.frameworks.commands import from_hub, given_profiles, instruments, own_profiles
from services.assessment.merged_assessments.commands import people as merged_assessments
from services.assessment.national import commands as national_rollups
from services.assessment.raters.commands import staff_changes
from services.assessment.rollups.commands import rollups
from shared.directory.projection import apply_people, apply_units
from shared.events.assessment import (
    AssessmentCompleted,
    FrameworkPublished,
    OverlayPublished,
    ProfilesPublished,
    RollupsPublished,
)
from shared.events.person_arrivals import PersonArrived
from shared.events.planning import FollowUpDue
from shared.events.registry import (
    PeopleChanged,
    PeopleMerged,
    PeopleUnmerged,
    PersonErased,
    RolesChanged,
    UnitsChanged,
)
from shared.events.release_parts import RollupReleasePublished
from shared.federation import regional_figures
from shared.messaging.subscriptions import Batch, Consumers, One, Session

consumers = Consumers("assessment")


@consumers.batch(PeopleChanged)
async def people_changed(session: Session, events: Batch[PeopleChanged]) -> None:
    """Take people over; those who left rate no more, open assessments follow their posts."""
    await staff_changes.changed(session, await apply_people(session, events))


@consumers.batch(PeopleMerged)
async def people_merged(session: Session, events: Batch[PeopleMerged]) -> None:
    """What was of two people is of one; nobody answers twice, or rates themselves."""
    await merged_assessments.take(session, events)


@consumers.batch(PeopleUnmerged)
async def people_unmerged(session: Session, events: Batch[PeopleUnmerged]) -> None:
    """What was of two people before a merge is of both again."""
    await merged_assessments.take(session, events)


@consumers.batch(UnitsChanged)
async def units_changed(session: Session, events: Batch[UnitsChanged]) -> None:
    """Take units over; open periods are counted in the new tree."""
    _, moved = await apply_units(session, events)
    await rollups.move(session, moved)


@consumers.batch(RolesChanged)
async def roles_changed(session: Session, events: Batch[RolesChanged]) -> None:
    """Take roles over, for the profiles of those that have none of their own."""
    await instruments.take_roles(session, (state for event in events for state in event.data.items))


@consumers.batch(AssessmentCompleted)
async def completed(session: Session, events: Batch[AssessmentCompleted]) -> None:
    """Count each person once per period in their unit and all its ancestors."""
    await rollups.count(session, [event.data for event in events])


@consumers.each(FollowUpDue)
async def follow_up_due(session: Session, event: One[FollowUpDue]) -> None:
    """Ask the earlier raters again."""
    await follow_ups.open_follow_up(session, event.data)


@consumers.each(FrameworkPublished)
async def framework_published(session: Session, event: One[FrameworkPublished]) -> None:
    """In a region: take over the hub's frameworks."""
    await from_hub.adopt(session, event.data)


@consumers.each(ProfilesPublished)
async def profiles_published(session: Session, event: One[ProfilesPublished]) -> None:
    """In a region: measure roles against what the hub wrote, where nothing of its own holds."""
    await given_profiles.take_published(session, event)


@consumers.batch(PersonArrived)
async def person_arrived(session: Session, events: Batch[PersonArrived]) -> None:
    """Keep the results that people bring from other regions."""
    await carried_results.take(session, events)


@consumers.batch(PersonErased)
async def person_erased(session: Session, events: Batch[PersonErased]) -> None:
    """Let what is known of people go on under pseudonyms."""
    await erasing.erase(session, [UUID(event.data.person_id) for event in events])


@consumers.national(OverlayPublished)
async def regional_overlays(session: Session, events: Batch[OverlayPublished]) -> None:
    """At a hub: keep what regions measure roles against."""
    await own_profiles.take(session, events)


@consumers.national(UnitsChanged)
async def regional_units(session: Session, events: Batch[UnitsChanged]) -> None:
    """At a hub: keep the regions' trees."""
    await regional_figures.take_units(session, events)


@consumers.national(RollupsPublished)
async def regional_rollups(session: Session, events: Batch[RollupsPublished]) -> None:
    """At a hub: keep the regions' scores."""
    await national_rollups.take(session, events)


@consumers.national(RollupReleasePublished)
async def regional_releases(session: Session, events: Batch[RollupReleasePublished]) -> None:
    """At a hub: keep the regions' releases, and show them."""
    await national_rollups.take_releases(session, events)
