"""What registry publishes of somebody who came from another region: results and plans that were taken along."""

from datetime import date, datetime
from typing import Annotated, ClassVar

import msgspec

from shared.events.event import Event
from shared.events.framework import COMPETENCIES

_PLACES = len(COMPETENCIES)
Figures = Annotated[list[int | None], msgspec.Meta(min_length=_PLACES, max_length=_PLACES)]


class CarriedResult(msgspec.Struct, frozen=True, kw_only=True):
    """A result as it was shown, in hundredths by competency: no answers, raters, groups or comments.

    It counted in the region it was made in, in its `period`, and counts nowhere else.
    """

    framework_code: str
    framework_version: int
    level: str
    role_code: str
    period: str
    completed_at: datetime
    scores: Figures
    targets: Figures
    gaps: Figures


class CarriedActivity(msgspec.Struct, frozen=True, kw_only=True):
    """An activity of a plan as it was shown."""

    intervention_code: str
    approach: str
    delivery: str
    competencies: list[str]
    hours: int
    due_on: date
    state: str
    started_at: datetime | None = None
    completed_at: datetime | None = None
    hours_spent: int | None = None


class CarriedPlan(msgspec.Struct, frozen=True, kw_only=True):
    """A development plan as it was shown on the day of the transfer."""

    state: str
    level: str
    competencies: list[str]
    assessed_at: datetime
    proposed_at: datetime
    activities: list[CarriedActivity]
    outcome: str | None = None
    agreed_at: datetime | None = None
    closed_at: datetime | None = None


class PersonArrived(Event, frozen=True, kw_only=True):
    """Somebody came from the region `origin` on the day `moved_on`, with results and plans from there."""

    service: ClassVar[str] = "registry"
    fact: ClassVar[str] = "person-arrived"
    state: ClassVar[bool] = False

    person_id: str
    transfer_id: str
    origin: str
    moved_on: date
    results: list[CarriedResult]
    plans: list[CarriedPlan]
