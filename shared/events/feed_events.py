"""Which events readers over HTTP are shown, by what right, and what of each. The one table; its page shows it.

An event is shown *thin*: its envelope and the ids in it. What it says beyond that is read from the API, under the
right that holds at that moment. What is not in `SHOWN` is shown to nobody; `NOT_SHOWN` says why.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from shared.events import assessment, evaluation, person_arrivals, planning, registry, release_parts
from shared.events.event import Event

COMPLETION = "event.completion"  # the right to be shown when an assessment was completed
AT_COMPLETION = frozenset(
    {"superseded", "no-gap"}
)  # outcomes of plans that end because an assessment completed


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """How one type is shown.

    `right` is asked for, about whom and where the event was. `ids` are the fields of its data that are shown,
    `items` those of each of its items. `person` and `unit` are the fields that say whom and where it is about,
    empty where it is about nobody, or nowhere in particular. `resource` is where the rest is read, with fields in
    braces.
    """

    event: type[Event]
    right: str
    ids: tuple[str, ...] = ()
    items: tuple[str, ...] = ()
    person: str = ""
    unit: str = ""
    resource: str = ""

    def right_to(self, data: Mapping[str, Any]) -> str:
        """The right to see one event of this type.

        A plan that ends because an assessment completed ends at the moment at which the last rater answered.
        """
        if self.event is planning.PlanClosed and data.get("outcome") in AT_COMPLETION:
            return COMPLETION
        return self.right


def _of_person(event: type[Event], right: str, resource: str, *ids: str) -> Shown:
    shown = (*ids, "person_id", "unit_code")
    return Shown(event=event, right=right, ids=shown, person="person_id", unit="unit_code", resource=resource)


def _people_and_places() -> Iterator[Shown]:
    people = ("person_id", "version")
    for event in (registry.PeopleChanged, registry.PeopleMerged, registry.PeopleUnmerged):
        yield Shown(event=event, right="person.read", items=people, person="person_id")
    yield Shown(event=registry.UnitsChanged, right="unit.read", items=("unit_code", "version"))
    yield Shown(event=registry.RolesChanged, right="role.read", items=("role_code", "version"))


def _assessments_and_plans() -> Iterator[Shown]:
    cycle, plan, result = (
        "/v1/cycles/{cycle_id}",
        "/v1/plans/{plan_id}",
        "/v1/assessments/{assessment_id}/result",
    )
    yield Shown(
        event=assessment.CycleOpened,
        right="cycle.read",
        ids=("cycle_id", "unit_code"),
        unit="unit_code",
        resource=cycle,
    )
    yield _of_person(assessment.AssessmentCompleted, COMPLETION, result, "assessment_id")
    yield _of_person(planning.PlanProposed, COMPLETION, plan, "plan_id", "assessment_id")
    for event in (planning.PlanAgreed, planning.PlanClosed):
        yield _of_person(event, "plan.read", plan, "plan_id")
    for activity in (planning.ActivityStarted, planning.ActivityCompleted):
        yield _of_person(activity, "plan.read", plan, "activity_id", "plan_id")
    yield _of_person(
        planning.FollowUpDue, "plan.read", "/v1/follow-ups/{follow_up_id}", "follow_up_id", "plan_id"
    )


def _content() -> Iterator[Shown]:
    framework, profiles = "/v1/frameworks/{framework_code}/versions/{framework_version}", "/v1/role-profiles"
    version = ("framework_code", "framework_version")
    yield Shown(event=assessment.FrameworkPublished, right="content.read", ids=version, resource=framework)
    overlaid = (assessment.ProfilesPublished, assessment.OverlayPublished)
    event: type[Event]
    for event in (*overlaid, assessment.RoleProfilesChanged):
        yield Shown(event=event, right="content.read", resource=profiles)
    for event in (planning.CataloguePublished, planning.EntriesPublished, planning.EntriesOffered):
        yield Shown(event=event, right="intervention.read", resource="/v1/interventions")
    yield Shown(event=evaluation.IndicatorsPublished, right="sign-in.read", resource="/v1/indicators")
    for event in (evaluation.TargetsPublished, evaluation.TargetsSet):
        yield Shown(event=event, right="target.read", resource="/v1/targets")


def _releases() -> Iterator[Shown]:
    for name, event in (
        ("headcounts", release_parts.HeadcountReleasePublished),
        ("rollups", release_parts.RollupReleasePublished),
        ("plans", release_parts.PlanReleasePublished),
        ("indicators", release_parts.IndicatorReleasePublished),
    ):
        document = f"/v1/releases/{name}/{{cube}}/{{period}}/{{number}}"
        ids = ("cube", "period", "number", "part", "parts")
        yield Shown(event=event, right="release.read", ids=ids, resource=document)


SHOWN = {
    shown.event.type(): shown
    for shown in (*_people_and_places(), *_assessments_and_plans(), *_content(), *_releases())
}

_FIGURES = (
    "Figures are judged for each reader when they are read. That one changed, and when, tells of the few people "
    "behind it."
)
NOT_SHOWN: dict[str, str] = {
    assessment.CycleClosed.type(): "It says no unit by which it could be judged. Read the cycle.",
    assessment.ReRatingUnscored.type(): "It tells that raters of one person did not answer.",
    assessment.RollupsPublished.type(): _FIGURES,
    evaluation.IndicatorComputed.type(): _FIGURES,
    planning.TotalsComputed.type(): _FIGURES,
    registry.HeadcountsComputed.type(): _FIGURES,
    person_arrivals.PersonArrived.type(): "It has results and plans of a person, each read by a right of its own.",
    registry.RegionAddressed.type(): "It is what a region states to its hub. Read GET /v1/national/regions there.",
    registry.PersonErased.type(): "Nobody may read a person who is erased, so nobody can be judged for it.",
}
