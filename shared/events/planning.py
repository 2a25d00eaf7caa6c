"""What planning publishes: the catalogue, plans, their activities and follow-ups."""

from datetime import date, datetime
from typing import ClassVar

import msgspec

from shared.events.event import Event, Reach


class CataloguePublished(Event, frozen=True, kw_only=True):
    """A version of the intervention catalogue became current."""

    service: ClassVar[str] = "planning"
    fact: ClassVar[str] = "catalogue-published"
    reach: ClassVar[Reach] = Reach.DOWN

    catalogue_version: int
    intervention_codes: list[str]


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
    outcome: str  # completed, abandoned, superseded, no-gap


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
