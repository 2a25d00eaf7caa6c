"""What evaluation knows of one person, as values: the input of every indicator.

Competencies are places 0 to 10 in framework order, scores and targets hundredths of the 1 to 5
scale, test results hundredths of a percent. Order of arrival never matters: figures are derived
from all facts of a person at once. Moments are on the clocks of the instance's time zone, so that
their `date()` is the day there.
"""

from dataclasses import dataclass
from datetime import date, datetime

from shared.leadership import is_leadership_post

CYCLE = "cycle"
FOLLOW_UP = "follow-up"


# Days, both inclusive, on which a role had a profile.
Profiled = tuple[tuple[date, date], ...]


@dataclass(frozen=True, slots=True)
class Post:
    """A post of the person, both days inclusive; `valid_to` None while open.

    `profiled` of its role is None where no event about profiles has come yet; `level` is empty of a role that
    leads nobody.
    """

    unit_code: str
    valid_from: date
    valid_to: date | None
    primary: bool
    profiled: Profiled | None = None
    level: str = "B"

    def leads(self, day: date) -> bool:
        """Whether it is a leadership and management post on `day`."""
        return is_leadership_post(self.level, self.profiled, day)

    def holds(self, day: date) -> bool:
        """Whether the post is held on `day`."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True, slots=True)
class Assessment:
    """A completed assessment with one score at least; `others` is None where the self score alone remained."""

    assessment_id: str
    kind: str  # cycle, follow-up
    plan_id: str | None  # of a follow-up: the plan it follows
    follow_up_days: int | None
    unit_code: str
    level: str
    completed_at: datetime
    measured_on: date  # of the last answer that counts: a closing cycle completes it later
    period: str
    item_marks: tuple[str, ...]  # per competency, equal where the same items were asked; empty: not known
    scores: tuple[int | None, ...]
    others: tuple[int | None, ...]
    targets: tuple[int, ...]
    weights: tuple[int, ...]
    priorities: tuple[int, ...]  # competencies with a gap, highest priority first

    @property
    def valid(self) -> bool:
        """Whether anybody but the person was heard."""
        return any(score is not None for score in self.others)

    def comparable(self, other: "Assessment", competency: int) -> bool:
        """Whether two assessments of one level asked the same items of a competency."""
        if not self.item_marks or not other.item_marks:
            return True
        return self.item_marks[competency] == other.item_marks[competency]

    def reaches(self, competency: int) -> bool:
        """Whether the verified level is at or above the target."""
        score = self.scores[competency]
        return self.others[competency] is not None and score is not None and score >= self.targets[competency]


@dataclass(frozen=True, slots=True)
class Plan:
    """A development plan as it is now; `agreed_at` None while it is only proposed."""

    plan_id: str
    assessment_id: str
    unit_code: str
    agreed_at: datetime | None
    closed_at: datetime | None
    competencies: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Activity:
    """An activity; `planned` while the agreed plan lists it, `completed_at` None until it is done."""

    activity_id: str
    plan_id: str
    unit_code: str | None  # at completion
    approach: str
    due_on: date
    planned: bool
    hours: int
    completed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Reaction:
    """How the participant rated an activity, each 1 to 5."""

    unit_code: str
    relevance: int
    usefulness: int
    given_at: datetime


@dataclass(frozen=True, slots=True)
class LearningResult:
    """A test before and after an activity, in hundredths of a percent."""

    unit_code: str
    pre: int
    post: int
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Person:
    """All facts of one person."""

    active: bool = False
    posts: tuple[Post, ...] = ()
    assessments: tuple[Assessment, ...] = ()
    plans: tuple[Plan, ...] = ()
    activities: tuple[Activity, ...] = ()
    reactions: tuple[Reaction, ...] = ()
    learning: tuple[LearningResult, ...] = ()
