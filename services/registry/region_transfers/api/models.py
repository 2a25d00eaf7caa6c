"""What a person takes along from one region to another, as it is received and shown."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from services.registry.field_types import Body, Email, Level, Phone, Year, example, strict_example
from services.registry.record_fields import Sex
from services.registry.region_transfers.api.outgoing_transfers import Region
from shared.events.framework import COMPETENCIES
from shared.http.strict_types import Code, Day, Moment, Name, RecordedDay, Whole
from shared.periods import PATTERN

Figure = Annotated[Whole, Field(ge=-500, le=500)]
Figures = Annotated[list[Figure | None], Field(min_length=len(COMPETENCIES), max_length=len(COMPETENCIES))]
Competency = Literal[COMPETENCIES]  # type: ignore[valid-type]
Amount = Annotated[Whole, Field(ge=0, le=100_000)]
Word = Annotated[str, Field(pattern="^[a-z][a-z-]{0,39}$")]

_RECORD: dict[str, Any] = {
    "family_name": "Kamara",
    "given_name": "Aminata",
    "sex": "female",
    "birth_year": 1984,
}
_OF: dict[str, Any] = {
    "origin": "north", "transfer_id": "019a1c60-0000-7000-8000-000000000007", "moved_on": "2027-01-01",
    "unit_code": "SL-SOUTHERN", "role_code": "regional-director",
}  # fmt: skip
_SHOWN = {
    **_OF,
    "state": "waiting",
    "person_id": None,
    "received_at": "2026-12-02T08:00:00Z",
    "content": None,
}


class CarriedRecord(Body):
    """Who comes: what the region of origin recorded. Sign-ins and numbers of its systems stay there."""

    family_name: Name
    given_name: Name | None = None
    phone: Phone | None = None
    email: Email | None = None
    sex: Sex | None = None
    birth_year: Year | None = None
    cadre: Name | None = None


class TransferredResult(Body):
    """A result as it was shown, in hundredths by competency. Answers, raters and comments stay where they are."""

    framework_code: Code
    framework_version: Annotated[Whole, Field(ge=1, le=100_000)]
    level: Level
    role_code: Code
    period: Annotated[str, Field(pattern=f"^{PATTERN}$")]
    completed_at: Moment
    scores: Figures
    targets: Figures
    gaps: Figures


class TransferredActivity(Body):
    """An activity of a plan as it was shown."""

    intervention_code: Code
    approach: Word
    delivery: Word
    competencies: Annotated[list[Competency], Field(max_length=len(COMPETENCIES))]
    hours: Amount
    due_on: Day
    state: Literal["planned", "started", "completed", "cancelled"]
    started_at: Moment | None = None
    completed_at: Moment | None = None
    hours_spent: Amount | None = None


class TransferredPlan(Body):
    """A plan as it was shown."""

    state: Literal["proposed", "agreed", "active", "closed"]
    outcome: Literal["completed", "abandoned", "superseded", "no-gap"] | None = None
    level: Level
    competencies: Annotated[list[Competency], Field(max_length=len(COMPETENCIES))]
    assessed_at: Moment
    proposed_at: Moment
    agreed_at: Moment | None = None
    closed_at: Moment | None = None
    activities: Annotated[list[TransferredActivity], Field(max_length=50)]


class ArrivalToReceive(Body):
    """What a file of another region holds, and the post that the person is to have here from `moved_on` on."""

    model_config = strict_example({**_OF, "record": _RECORD, "results": [], "plans": []})
    origin: Region
    transfer_id: UUID
    moved_on: Day
    unit_code: Code
    role_code: Code
    record: CarriedRecord
    results: Annotated[list[TransferredResult], Field(max_length=200)]
    plans: Annotated[list[TransferredPlan], Field(max_length=200)]


class Carried(BaseModel):
    """What the person takes along."""

    record: CarriedRecord
    results: list[TransferredResult]
    plans: list[TransferredPlan]


class Arrival(BaseModel):
    """Somebody who came; `content` is null once it was decided about, `person_id` who they are here then."""

    model_config = example(_SHOWN)
    origin: str
    transfer_id: UUID
    moved_on: RecordedDay
    unit_code: str
    role_code: str
    state: Literal["waiting", "accepted", "declined"]
    person_id: UUID | None
    received_at: datetime
    content: Carried | None


class Arrivals(BaseModel):
    """A page of arrivals."""

    model_config = example({"items": [_SHOWN], "next": None})
    items: list[Arrival]
    next: str | None
