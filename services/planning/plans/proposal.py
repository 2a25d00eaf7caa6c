"""From priority gaps to a proposed plan: which activities, and why each of them.

The rule. The three gaps with the highest priority are addressed, in rounds: in every round each of
them that is not yet expected to close gets one more activity, the highest priority first. Chosen is
the activity that serves the gap and has the most worth for its effort (`drafts`).

No approach takes more than half of a plan (rounded up), the limits hold together, prerequisites come
first, and ties go to the lower code: the same input gives the same plan. Rounds end when nothing
fits any more, so the reason why a gap is left open holds of the finished plan. Greedy on purpose:
every choice can be explained by figures that a leader can check.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from services.planning.catalogue.interventions import Catalogue, Intervention
from services.planning.catalogue.limits import Limits
from services.planning.plans.drafts import Draft
from services.planning.plans.reasons import Choice, LeftOut

ADDRESSED = 3  # more than three aims at once are seldom reached


@dataclass(frozen=True, slots=True)
class Gap:
    """A gap above 0 with its priority, both in hundredths.

    `unverified`: it rests on what the subject says of themselves, since too few others answered.
    """

    competency: str
    gap: int
    priority: int
    unverified: bool = False


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


def propose(gaps: Iterable[Gap], level: str, catalogue: Catalogue, limits: Limits, start: date) -> Proposal:
    """The plan for these gaps of a post at `level` (B, I, A), with activities due from `start` on."""
    ranked = sorted((gap for gap in gaps if gap.gap > 0), key=lambda gap: (-gap.priority, gap.competency))
    addressed, beyond = ranked[:ADDRESSED], ranked[ADDRESSED:]
    serving = {gap.competency: catalogue.serving.get((level, gap.competency), ()) for gap in addressed}
    draft = Draft(
        limits,
        {gap.competency: gap.gap for gap in addressed},
        {gap.competency: gap.priority for gap in addressed},
    )
    while _round(draft, serving):
        pass
    left_out = [
        _why(draft, competency, serving[competency]) for competency, left in draft.left.items() if left
    ]
    left_out += [LeftOut(gap.competency, ("beyond-top",), gap.gap) for gap in beyond]
    return Proposal(tuple(serving), _dated(draft, start), tuple(left_out))


def _round(draft: Draft, serving: dict[str, tuple[Intervention, ...]]) -> bool:
    """One more activity for every open gap where one fits; False when none did."""
    before = len(draft.chosen)
    for competency, candidates in serving.items():
        if draft.left[competency] and (found := draft.best(candidates)):
            draft.take(found, competency)
    return len(draft.chosen) > before


def _why(draft: Draft, competency: str, candidates: Iterable[Intervention]) -> LeftOut:
    """Why no (further) activity serves the gap: what stops each of those that would."""
    obstacles = {draft.obstacle(one) for one in candidates if one.code not in draft.codes}
    codes = tuple(sorted(code for code in obstacles if code)) or ("none-offered",)
    return LeftOut(competency, codes, draft.left[competency])


def _dated(draft: Draft, start: date) -> tuple[Chosen, ...]:
    """Due dates spread evenly over the horizon, the last activity at its end."""
    count, horizon = len(draft.chosen), draft.limits.horizon_days
    return tuple(
        Chosen(one, start + timedelta(days=horizon * (place + 1) // count), choice)
        for place, (one, choice) in enumerate(draft.chosen)
    )
