"""What assessment publishes: frameworks, cycles, and completed assessments with scores and gaps.

Arrays over competencies have eleven places in framework order (VS GV CL SE CO PL RM HR IM QM SC);
scores, targets and gaps are in hundredths of the 1 to 5 scale; None where there is no score.
"""

from datetime import date, datetime
from typing import Any, ClassVar

import msgspec

from shared.events.event import Event, Reach


class FrameworkProfile(msgspec.Struct, frozen=True, kw_only=True):
    """What a role is measured against where nobody says otherwise."""

    role_code: str
    level: str
    setting: str
    title: dict[str, str]  # by language
    targets: list[int]
    weights: list[int]


class FrameworkContent(msgspec.Struct, frozen=True, kw_only=True):
    """A published version as it was written: competencies, items and texts in all languages.

    Whoever knows a lower `format` only cannot read it.
    """

    format: int
    published_at: datetime
    document: dict[str, Any]
    role_profiles: list[FrameworkProfile]


class FrameworkPublished(Event, frozen=True, kw_only=True):
    """A framework version became immutable and usable."""

    service: ClassVar[str] = "assessment"
    fact: ClassVar[str] = "framework-published"
    reach: ClassVar[Reach] = Reach.DOWN

    framework_code: str
    framework_version: int
    languages: list[str]
    competencies: list[str]  # codes in order
    item_codes: list[str]
    content: FrameworkContent | None = None  # the whole version, for the regions of a hub


class RoleOverlay(msgspec.Struct, frozen=True, kw_only=True):
    """What a region or a hub itself measures a role against, over the core framework that it then had."""

    role_code: str
    version: int
    level: str
    setting: str
    title: dict[str, str]  # by language
    framework_code: str
    framework_version: int
    targets: list[int]
    weights: list[int]


class OverlayPublished(Event, frozen=True, kw_only=True):
    """Role profiles that a region re-targeted or re-weighted; each item is ordered by its own version."""

    service: ClassVar[str] = "assessment"
    fact: ClassVar[str] = "overlay-published"
    reach: ClassVar[Reach] = Reach.UP

    items: list[RoleOverlay]


class ProfilesPublished(Event, frozen=True, kw_only=True):
    """Role profiles that a hub re-targeted or re-weighted for its regions; each has its own version."""

    service: ClassVar[str] = "assessment"
    fact: ClassVar[str] = "profiles-published"
    reach: ClassVar[Reach] = Reach.DOWN

    items: list[RoleOverlay]
    profiles_version: int | None = None  # of all together: it rises with each change


class RoleProfilesChanged(Event, frozen=True, kw_only=True):
    """Which roles have a profile in the framework: posts of these are leadership and management posts."""

    service: ClassVar[str] = "assessment"
    fact: ClassVar[str] = "role-profiles-changed"

    role_codes: list[str]  # all of them, in order


class CycleOpened(Event, frozen=True, kw_only=True):
    """An assessment cycle opened for a unit's subtree and some roles; raters are invited."""

    service: ClassVar[str] = "assessment"
    fact: ClassVar[str] = "cycle-opened"

    cycle_id: str
    unit_code: str
    role_codes: list[str]
    framework_code: str
    framework_version: int
    starts_on: date
    ends_on: date


class CycleClosed(Event, frozen=True, kw_only=True):
    """A cycle closed: no more responses; what could be scored was scored."""

    service: ClassVar[str] = "assessment"
    fact: ClassVar[str] = "cycle-closed"

    cycle_id: str
    closed_at: datetime
    completed: int  # assessments completed in the cycle
    expired: int  # assessments closed without enough responses
    not_measured: int | None = None  # assessments that ended without one scored competency


class Priority(msgspec.Struct, frozen=True, kw_only=True):
    """One gap of a priority ranking with every factor, so that its place can be explained."""

    competency: str
    gap: int  # hundredths
    weight: int
    relevance: int  # hundredths, 300 when nobody answered
    prevalence: int  # hundredths of a share, 0 when none is frozen yet
    priority: int  # hundredths
    unverified: bool = False  # the gap rests on the self score alone


class PreviousScores(msgspec.Struct, frozen=True, kw_only=True):
    """The same person's completed assessment before this one."""

    assessment_id: str
    completed_at: datetime
    period: str
    unit_code: str
    level: str
    scores: list[int | None]
    others: list[int | None]


class AssessmentCompleted(Event, frozen=True, kw_only=True):
    """An assessment was scored, once. It belongs to the post and unit at completion.

    One without a scored competency is not measured, and not told. Versions of the software that
    still told it are why consumers look at `measured`.
    """

    service: ClassVar[str] = "assessment"
    fact: ClassVar[str] = "completed"

    assessment_id: str
    kind: str  # cycle, follow-up
    cycle_id: str | None
    plan_id: str | None  # of a follow-up: the plan it follows
    follow_up_days: int | None  # of a follow-up: 90 or 180
    person_id: str
    post_id: str
    unit_code: str
    role_code: str
    level: str  # B, I, A
    framework_code: str
    framework_version: int
    completed_at: datetime
    period: str  # quarter of `measured_on`, e.g. 2026Q3
    scores: list[int | None]  # level L(k)
    others: list[int | None]  # weighted others, None where only self remained (unverified)
    self_scores: list[int | None]
    targets: list[int]
    weights: list[int]
    gaps: list[int | None]
    priorities: list[Priority]  # gaps above 0, highest priority first
    unverified: list[bool]  # the score rests on the self score alone
    previous: PreviousScores | None = None
    # Per competency a mark of the items asked: only scores of equal marks are compared.
    item_marks: list[str] | None = None
    measured_on: date | None = None  # day of the last answer that counts, in the instance's time zone
    opened_for: str | None = (
        None  # the record that it was opened for, where that is part of `person_id` by now
    )

    @property
    def made_for(self) -> str:
        """The record to which the assessment belongs again if a merge is undone."""
        return self.opened_for or self.person_id

    @property
    def measured(self) -> bool:
        """Whether any competency was scored: without one, nothing follows from the assessment."""
        return any(score is not None for score in self.scores)


class ReRatingUnscored(Event, frozen=True, kw_only=True):
    """The re-rating of a plan ended without one scored competency: nothing follows from it.

    Whoever waits for the re-rating's `completed` need not any longer. Of assessments in a cycle
    `cycle-closed` has the numbers.
    """

    service: ClassVar[str] = "assessment"
    fact: ClassVar[str] = "re-rating-unscored"
    state: ClassVar[bool] = False

    assessment_id: str
    plan_id: str
    follow_up_days: int  # 90 or 180
    person_id: str
    unit_code: str
    ended_at: datetime
    outcome: str  # not-measured: no competency could be scored; expired: too few had answered


class Rollup(msgspec.Struct, frozen=True, kw_only=True):
    """Scores of one framework level in a unit with all units below it, in a quarter, as published.

    Lists go over competencies; None where fewer than five people stand behind a figure or a
    difference, in `below` also unless five people and more are below their target, and as many not.
    `suppressed`: nothing may be told of the cell yet.
    """

    unit_code: str
    period: str
    level: str  # B, I or A
    version: int
    people: int | None
    counts: list[int | None]  # people with a score
    sums: list[int | None]  # of their scores
    below: list[int | None]  # people below their target
    suppressed: bool = False


class RollupsPublished(Event, frozen=True, kw_only=True):
    """Up to 500 roll-ups as they are published now; each item is ordered by its own version."""

    service: ClassVar[str] = "assessment"
    fact: ClassVar[str] = "rollups-published"
    reach: ClassVar[Reach] = Reach.UP

    items: list[Rollup]
