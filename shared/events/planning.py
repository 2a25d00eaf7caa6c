"""What planning publishes: the catalogue, plans, their activities and follow-ups."""

from datetime import date, datetime
from typing import ClassVar

import msgspec

from shared.events.event import Event, Reach


class ExpectedGain(msgspec.Struct, frozen=True, kw_only=True):
    """What an intervention is expected to gain in a competency, in hundredths of the 1 to 5 scale."""

    code: str
    gain: int


class CatalogueEntry(msgspec.Struct, frozen=True, kw_only=True):
    """An intervention on offer as the catalogue has it; `title` is its name, by language."""

    code: str
    title: dict[str, str]
    description: dict[str, str]
    approach: str
    delivery: str
    levels: list[str]
    competencies: list[ExpectedGain]
    hours: int
    days_away: int
    cost: int
    languages: list[str]
    prerequisites: list[str] = []


class CataloguePublished(Event, frozen=True, kw_only=True):
    """A version of the intervention catalogue became current."""

    service: ClassVar[str] = "planning"
    fact: ClassVar[str] = "catalogue-published"
    reach: ClassVar[Reach] = Reach.DOWN

    catalogue_version: int
    intervention_codes: list[str]
    interventions: list[CatalogueEntry] | None = None  # the whole content, for the regions of a hub


class PlannedActivity(msgspec.Struct, frozen=True, kw_only=True):
    """One intervention in a plan. Hours and days as planned; cost in the instance's currency."""

    activity_id: str
    intervention_code: str
    approach: str  # formal-training, workplace-learning, networking, self-directed, action-learning
    delivery: str  # face-to-face, online, blended, workplace
    competencies: list[str]
    hours: int
    days_away: int
    cost: int
    due_on: date


class PlanProposed(Event, frozen=True, kw_only=True):
    """A development plan was proposed from a completed assessment."""

    service: ClassVar[str] = "planning"
    fact: ClassVar[str] = "plan-proposed"

    plan_id: str
    assessment_id: str
    person_id: str
    post_id: str
    unit_code: str
    level: str
    assessed_at: datetime
    proposed_at: datetime
    competencies: list[str]  # the priority gaps it addresses
    activities: list[PlannedActivity]


class PlanAgreed(Event, frozen=True, kw_only=True):
    """A plan was agreed; from now on its activities are due."""

    service: ClassVar[str] = "planning"
    fact: ClassVar[str] = "plan-agreed"

    plan_id: str
    assessment_id: str
    person_id: str
    post_id: str
    unit_code: str
    level: str
    assessed_at: datetime
    agreed_at: datetime
    competencies: list[str]
    activities: list[PlannedActivity]


class PlanClosed(Event, frozen=True, kw_only=True):
    """A plan ended: done, or given up with a reason."""

    service: ClassVar[str] = "planning"
    fact: ClassVar[str] = "plan-closed"

    plan_id: str
    person_id: str
    unit_code: str
    closed_at: datetime
    outcome: str  # completed, abandoned, superseded, no-gap, person-left


class ActivityStarted(Event, frozen=True, kw_only=True):
    """An activity of an agreed plan started; the first one makes the plan active."""

    service: ClassVar[str] = "planning"
    fact: ClassVar[str] = "activity-started"
    state: ClassVar[bool] = False

    activity_id: str
    plan_id: str
    person_id: str
    unit_code: str
    started_at: datetime


class ActivityCompleted(Event, frozen=True, kw_only=True):
    """An activity was completed, with the hours really spent."""

    service: ClassVar[str] = "planning"
    fact: ClassVar[str] = "activity-completed"
    state: ClassVar[bool] = False

    activity_id: str
    plan_id: str
    person_id: str
    post_id: str
    unit_code: str
    level: str
    intervention_code: str
    approach: str
    delivery: str
    competencies: list[str]
    hours: int
    due_on: date
    completed_at: datetime


class FollowUpDue(Event, frozen=True, kw_only=True):
    """The day of a follow-up came: 30 a check-in, 90 and 180 a re-rating by the earlier raters."""

    service: ClassVar[str] = "planning"
    fact: ClassVar[str] = "follow-up-due"
    state: ClassVar[bool] = False

    follow_up_id: str
    plan_id: str
    assessment_id: str  # the assessment that the plan came from
    person_id: str
    post_id: str
    unit_code: str
    days: int  # 30, 90, 180
    due_on: date
    competencies: list[str]


class RegionalEntry(msgspec.Struct, frozen=True, kw_only=True):
    """An intervention of a region's own; no longer offered where `offered` is false."""

    version: int
    offered: bool
    entry: CatalogueEntry


class EntriesPublished(Event, frozen=True, kw_only=True):
    """Interventions that a region added to the catalogue; each item is ordered by its own version."""

    service: ClassVar[str] = "planning"
    fact: ClassVar[str] = "entries-published"
    reach: ClassVar[Reach] = Reach.UP

    items: list[RegionalEntry]


class OfferedEntry(RegionalEntry, frozen=True, kw_only=True):
    """An intervention that a hub wrote itself; no longer offered where `offered` is false."""


class EntriesOffered(Event, frozen=True, kw_only=True):
    """A hub offers its regions interventions beside the catalogue; each item is ordered by its own version."""

    service: ClassVar[str] = "planning"
    fact: ClassVar[str] = "entries-offered"
    reach: ClassVar[Reach] = Reach.DOWN

    items: list[OfferedEntry]
    entries_version: int  # of all together: it rises with each change


class PlanFigures(msgspec.Struct, frozen=True, kw_only=True):
    """Plans and activities of one period: what was proposed, agreed, closed, due and completed in it.

    `completed` plans are those of the closed ones that were carried out; `hours` are those really
    spent. A plan without a gap to serve is no plan here.
    """

    proposed: int
    agreed: int
    closed: int
    completed: int
    activities_due: int
    activities_completed: int
    hours: int


class ToldFigures(msgspec.Struct, frozen=True, kw_only=True):
    """The figures of `PlanFigures`, each of those who have something in it; None where it may not be told."""

    proposed: int | None = None
    agreed: int | None = None
    closed: int | None = None
    completed: int | None = None  # None also where it would leave one to four of the closed
    activities_due: int | None = None
    activities_completed: int | None = None
    hours: int | None = None


class PlanTotal(msgspec.Struct, frozen=True, kw_only=True):
    """A period's plans in a unit with all units below it, and how many people have such plans.

    `people` and each figure in `told` move by themselves, when five people or more of theirs changed; None
    where fewer are behind it, or behind a difference. `suppressed`: nothing may be told of the total yet.
    `figures`, of one population, was told before `told` and is no more: who knows only it reads `suppressed`.
    """

    unit_code: str
    period: str
    version: int
    people: int | None
    figures: PlanFigures | None
    suppressed: bool = False
    told: ToldFigures | None = None


class TotalsComputed(Event, frozen=True, kw_only=True):
    """Up to 500 totals as they are published now; each item is ordered by its own version."""

    service: ClassVar[str] = "planning"
    fact: ClassVar[str] = "totals-computed"
    reach: ClassVar[Reach] = Reach.UP

    items: list[PlanTotal]
