"""What evaluation does with other services' events: facts are taken over, figures follow."""

from uuid import UUID

from services.evaluation.catalogue import commands as definitions
from services.evaluation.erasure import commands as erasing
from services.evaluation.indicators.commands import tree
from services.evaluation.intake.commands import facts, plans, roles
from services.evaluation.merged_facts import commands as merged_facts
from services.evaluation.national import commands as regional
from services.evaluation.targets import commands as targets
from shared.events.assessment import AssessmentCompleted, ReRatingUnscored, RoleProfilesChanged
from shared.events.evaluation import IndicatorComputed, IndicatorsPublished, TargetsPublished, TargetsSet
from shared.events.planning import (
    ActivityCompleted,
    ActivityStarted,
    FollowUpDue,
    PlanAgreed,
    PlanClosed,
    PlanProposed,
)
from shared.events.registry import PeopleChanged, PeopleMerged, PeopleUnmerged, PersonErased, UnitsChanged
from shared.events.release_parts import IndicatorReleasePublished
from shared.federation import regional_figures
from shared.messaging.subscriptions import Batch, Consumers, One, Session

consumers = Consumers("evaluation")


@consumers.batch(UnitsChanged)
async def units_changed(session: Session, events: Batch[UnitsChanged]) -> None:
    """The tree, and with it what every open cell adds up."""
    await tree.take_units(session, events)


@consumers.batch(PeopleChanged)
async def people_changed(session: Session, events: Batch[PeopleChanged]) -> None:
    """People and posts: the denominators of coverage."""
    await tree.take_people(session, events)


@consumers.batch(PeopleMerged)
async def people_merged(session: Session, events: Batch[PeopleMerged]) -> None:
    """Facts of two people are of one, who counts once."""
    await merged_facts.take(session, events)


@consumers.batch(PeopleUnmerged)
async def people_unmerged(session: Session, events: Batch[PeopleUnmerged]) -> None:
    """Facts are of both people again."""
    await merged_facts.take(session, events)


@consumers.batch(AssessmentCompleted)
async def assessment_completed(session: Session, events: Batch[AssessmentCompleted]) -> None:
    """Coverage, proficiency, and behaviour where it was a re-rating."""
    await facts.take_assessments(session, events)


@consumers.batch(ReRatingUnscored)
async def re_rating_unscored(session: Session, events: Batch[ReRatingUnscored]) -> None:
    """What a plan's evaluation waits for no longer."""
    await facts.note_unscored(session, events)


@consumers.batch(RoleProfilesChanged)
async def role_profiles_changed(session: Session, events: Batch[RoleProfilesChanged]) -> None:
    """Whose posts are leadership and management posts: the denominator of coverage."""
    await roles.take_profiles(session, events)


@consumers.batch(PlanProposed)
async def plan_proposed(session: Session, events: Batch[PlanProposed]) -> None:
    """Plans as they were proposed."""
    await plans.take_plans(session, events)


@consumers.batch(PlanAgreed)
async def plan_agreed(session: Session, events: Batch[PlanAgreed]) -> None:
    """Plan coverage; from now on the plan's activities fall due."""
    await plans.take_plans(session, events)


@consumers.batch(PlanClosed)
async def plan_closed(session: Session, events: Batch[PlanClosed]) -> None:
    """What was still open is not due any more."""
    await facts.close_plans(session, events)


@consumers.batch(ActivityStarted)
async def activity_started(session: Session, events: Batch[ActivityStarted]) -> None:
    """Shown in the plan's evaluation."""
    await facts.start_activities(session, events)


@consumers.batch(ActivityCompleted)
async def activity_completed(session: Session, events: Batch[ActivityCompleted]) -> None:
    """Completion and the blend of approaches; reactions and tests may be entered."""
    await facts.complete_activities(session, events)


@consumers.batch(FollowUpDue)
async def follow_up_due(session: Session, events: Batch[FollowUpDue]) -> None:
    """What a plan's evaluation waits for."""
    await facts.note_follow_ups(session, events)


@consumers.batch(PersonErased)
async def person_erased(session: Session, events: Batch[PersonErased]) -> None:
    """Let what is known of people go on under pseudonyms."""
    await erasing.erase(session, [UUID(event.data.person_id) for event in events])


@consumers.national(UnitsChanged)
async def regional_units(session: Session, events: Batch[UnitsChanged]) -> None:
    """At a hub: the regions' trees."""
    await regional_figures.take_units(session, events)


@consumers.national(IndicatorComputed)
async def regional_indicators(session: Session, events: Batch[IndicatorComputed]) -> None:
    """At a hub: the regions' numerators and denominators."""
    await regional.take_indicators(session, events)


@consumers.national(IndicatorReleasePublished)
async def regional_releases(session: Session, events: Batch[IndicatorReleasePublished]) -> None:
    """At a hub: the regions' releases."""
    await regional.take_releases(session, events)


@consumers.national(TargetsSet)
async def regional_targets(session: Session, events: Batch[TargetsSet]) -> None:
    """At a hub: what regions aim at."""
    await targets.take_regional(session, events)


@consumers.each(IndicatorsPublished)
async def indicators_published(session: Session, event: One[IndicatorsPublished]) -> None:
    """In a region: the hub's definitions."""
    await definitions.take(session, event)


@consumers.each(TargetsPublished)
async def targets_published(session: Session, event: One[TargetsPublished]) -> None:
    """In a region: the hub's targets."""
    await targets.take(session, event)
