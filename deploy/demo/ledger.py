"""What the script itself sent and was answered, so that the platform's figures can be checked against it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True, slots=True)
class Assessed:
    """A completed assessment: eleven places each, scores and targets in hundredths."""

    assessment_id: str
    person_id: str
    unit_code: str
    level: str
    kind: str  # cycle, follow-up
    plan_id: str | None  # of a follow-up
    completed_on: date
    order: int  # of two on one day the later one is higher
    scores: Sequence[int | None]
    others: Sequence[int | None]
    targets: Sequence[int]
    weights: Sequence[int]
    short: frozenset[int]  # places with a gap, however small

    def reaches(self, place: int) -> bool:
        """Whether the level, confirmed by others, is at or above the target."""
        score = self.scores[place]
        return self.others[place] is not None and score is not None and score >= self.targets[place]


@dataclass(slots=True)
class Activity:
    """One activity of an agreed plan."""

    activity_id: str
    approach: str
    due_on: date
    hours: int = 0
    completed_on: date | None = None


@dataclass(slots=True)
class Plan:
    """A plan that was agreed. `competencies` are places in framework order."""

    plan_id: str
    assessment_id: str
    person_id: str
    unit_code: str
    competencies: frozenset[int]
    activities: dict[str, Activity]
    agreed_on: date
    closed_on: date | None = None


@dataclass(frozen=True, slots=True)
class Reaction:
    """How a participant rated an activity, each 1 to 5."""

    unit_code: str
    person_id: str
    relevance: int
    usefulness: int
    given_on: date


@dataclass(frozen=True, slots=True)
class Learning:
    """Test results before and after, in percentage points."""

    unit_code: str
    person_id: str
    before: int
    after: int
    recorded_on: date


@dataclass(slots=True)
class Ledger:
    """Everything that happened, in the order in which it did."""

    paths: dict[str, tuple[str, ...]]
    home: dict[str, str]  # person -> unit
    assessed: dict[str, Assessed] = field(default_factory=dict)
    plans: dict[str, Plan] = field(default_factory=dict)
    reactions: list[Reaction] = field(default_factory=list)
    learning: list[Learning] = field(default_factory=list)

    def of_person(self) -> dict[str, list[Assessed]]:
        """Everybody's assessments, earliest first."""
        found: dict[str, list[Assessed]] = {}
        for item in sorted(self.assessed.values(), key=lambda item: (item.completed_on, item.order)):
            found.setdefault(item.person_id, []).append(item)
        return found
