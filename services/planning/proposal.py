"""From priority gaps to a proposed plan: which activities, and why each of them.

The rule. The three gaps with the highest priority are addressed, in rounds: in every round each of
them that is not yet expected to close gets one more activity, the highest priority first. Chosen is
the activity that serves the gap and has the most worth for its effort, where

    worth  = sum over the addressed gaps of min(expected gain, what is left of the gap) x priority
    effort = 100 + cost + 100 x days away from the post

divided by one more than the times its approach was chosen already, so that approaches blend. No
approach takes more than half of a plan (rounded up), the limits hold together, prerequisites come
first, and ties go to the lower code: the same input gives the same plan. Rounds end when nothing
fits any more, so the reason why a gap is left open holds of the finished plan. Greedy on purpose:
every choice can be explained by figures that a leader can check.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction

from services.planning.interventions import Intervention
from services.planning.reasons import Choice, LeftOut

ADDRESSED = 3  # more than three aims at once are seldom kept


@dataclass(frozen=True, slots=True)
class Limits:
    """What one plan may take: days away from the post, cost, activities, and days until the last is due."""

    days_away: int = 10
    cost: int = 1500
    activities: int = 6
    horizon_days: int = 150


@dataclass(frozen=True, slots=True)
class Gap:
    """A gap above 0 with its priority, both in hundredths."""

    competency: str
    gap: int
    priority: int


@dataclass(frozen=True, slots=True)
class Chosen:
    """An activity of the plan, when it is due, and why it was chosen."""

    intervention: Intervention
    due_on: date
    choice: Choice


@dataclass(frozen=True, slots=True)
class Proposal:
    """The proposed activities in order, the gaps they address, and what was left out and why."""

    competencies: tuple[str, ...]
    activities: tuple[Chosen, ...]
    left_out: tuple[LeftOut, ...]


@dataclass(slots=True)
class _Draft:
    """What has been chosen so far."""

    left: dict[str, int]  # of each addressed gap, hundredths
    priorities: dict[str, int]
    chosen: list[tuple[Intervention, Choice]] = field(default_factory=list)
    approaches: Counter[str] = field(default_factory=Counter)
    days_away: int = 0
    cost: int = 0

    def take(self, taken: Intervention, competency: str) -> None:
        also = tuple(k for k in taken.gains if k in self.left and k != competency)
        gain = min(taken.gains[competency], self.left[competency])
        self.chosen.append((taken, Choice(competency, gain, self.approaches[taken.approach] == 0, also)))
        self.approaches[taken.approach] += 1
        self.days_away += taken.days_away
        self.cost += taken.cost
        for code, expected in taken.gains.items():
            if code in self.left:
                self.left[code] = max(0, self.left[code] - expected)


def propose(
    gaps: Iterable[Gap], level: str, catalogue: Sequence[Intervention], limits: Limits, start: date
) -> Proposal:
    """The plan for these gaps of a post at `level` (B, I, A), with activities due from `start` on."""
    ranked = sorted((gap for gap in gaps if gap.gap > 0), key=lambda gap: (-gap.priority, gap.competency))
    addressed, beyond = ranked[:ADDRESSED], ranked[ADDRESSED:]
    offered = [one for one in catalogue if level in one.levels]
    draft = _Draft(
        {gap.competency: gap.gap for gap in addressed}, {g.competency: g.priority for g in addressed}
    )
    while _round(draft, offered, limits):
        pass
    left_out = [_why(draft, competency, offered, limits) for competency, left in draft.left.items() if left]
    left_out += [LeftOut(gap.competency, ("beyond-top",), gap.gap) for gap in beyond]
    return Proposal(tuple(gap.competency for gap in addressed), _dated(draft, limits, start), tuple(left_out))


def _round(draft: _Draft, offered: Sequence[Intervention], limits: Limits) -> bool:
    """One more activity for every open gap where one fits; False when none did."""
    before = len(draft.chosen)
    for competency in draft.left:
        if draft.left[competency] and (found := _best(draft, competency, offered, limits)):
            draft.take(found, competency)
    return len(draft.chosen) > before


def _best(
    draft: _Draft, competency: str, offered: Sequence[Intervention], limits: Limits
) -> Intervention | None:
    fitting = [
        one for one in offered if _serves(draft, one, competency) and _obstacle(draft, one, limits) is None
    ]
    return min(fitting, key=lambda one: (-_worth(draft, one), one.code), default=None)


def _serves(draft: _Draft, one: Intervention, competency: str) -> bool:
    return one.gains.get(competency, 0) > 0 and all(taken is not one for taken, _ in draft.chosen)


def _obstacle(draft: _Draft, one: Intervention, limits: Limits) -> str | None:
    """The first limit that the activity would break, None when it fits."""
    if one.prerequisites and not {taken.code for taken, _ in draft.chosen}.issuperset(one.prerequisites):
        return "prerequisite"
    if len(draft.chosen) >= limits.activities:
        return "limit-activities"
    if draft.days_away + one.days_away > limits.days_away:
        return "limit-days-away"
    if draft.cost + one.cost > limits.cost:
        return "limit-cost"
    if draft.chosen and 2 * (draft.approaches[one.approach] + 1) > len(draft.chosen) + 2:
        return "one-approach"
    return None


def _worth(draft: _Draft, one: Intervention) -> Fraction:
    worth = sum(min(gain, draft.left.get(k, 0)) * draft.priorities.get(k, 0) for k, gain in one.gains.items())
    effort = 100 + one.cost + 100 * one.days_away
    return Fraction(worth, effort * (1 + draft.approaches[one.approach]))


def _why(draft: _Draft, competency: str, offered: Sequence[Intervention], limits: Limits) -> LeftOut:
    """Why no (further) activity serves the gap: what stops each of those that would."""
    obstacles = {_obstacle(draft, one, limits) for one in offered if _serves(draft, one, competency)}
    codes = tuple(sorted(code for code in obstacles if code)) or ("none-offered",)
    return LeftOut(competency, codes, draft.left[competency])


def _dated(draft: _Draft, limits: Limits, start: date) -> tuple[Chosen, ...]:
    """Due dates spread evenly over the horizon, the last activity at its end."""
    count = len(draft.chosen)
    return tuple(
        Chosen(one, start + timedelta(days=limits.horizon_days * (place + 1) // count), choice)
        for place, (one, choice) in enumerate(draft.chosen)
    )
