"""A plan in the making: what was chosen so far, what still fits, and what is worth most.

    worth  = sum over the addressed gaps of min(expected gain, what is left of the gap) x priority
    effort = 100 + cost + 100 x days away from the post

divided by one more than the times an approach was chosen already, so that approaches blend.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from services.planning.catalogue.interventions import Intervention
from services.planning.catalogue.limits import Limits
from services.planning.plans.reasons import Choice


@dataclass(slots=True)
class Draft:
    """What has been chosen so far. `left` of each addressed gap in hundredths, highest priority first."""

    limits: Limits
    left: dict[str, int]
    priorities: dict[str, int]
    chosen: list[tuple[Intervention, Choice]] = field(default_factory=list)
    codes: set[str] = field(default_factory=set)
    approaches: dict[str, int] = field(default_factory=dict)
    days_away: int = 0
    cost: int = 0

    def take(self, taken: Intervention, competency: str) -> None:
        """Choose an activity for `competency`; it may close other gaps a bit as well."""
        also = tuple(code for code in taken.gains if code in self.left and code != competency)
        gain = min(taken.gains[competency], self.left[competency])
        self.chosen.append((taken, Choice(competency, gain, taken.approach not in self.approaches, also)))
        self.codes.add(taken.code)
        self.approaches[taken.approach] = self.approaches.get(taken.approach, 0) + 1
        self.days_away += taken.days_away
        self.cost += taken.cost
        for code, expected in taken.gains.items():
            if code in self.left:
                self.left[code] = max(0, self.left[code] - expected)

    def best(self, candidates: Iterable[Intervention]) -> Intervention | None:
        """What fits and has the most worth for its effort; of equals the first, None when nothing fits.

        Shares are compared as products of integers: exact, and several times faster than fractions.
        """
        best, most, least = None, 0, 1
        if len(self.chosen) >= self.limits.activities:
            return best
        for one in candidates:
            if one.code in self.codes:
                continue
            worth = self._worth(one)
            effort = (100 + one.cost + 100 * one.days_away) * (1 + self.approaches.get(one.approach, 0))
            better = best is None or worth * least > most * effort
            if better and self.obstacle(one) is None:
                best, most, least = one, worth, effort
        return best

    def obstacle(self, one: Intervention) -> str | None:
        """The first limit that the activity would break, None when it fits."""
        if one.prerequisites and not self.codes.issuperset(one.prerequisites):
            return "prerequisite"
        if len(self.chosen) >= self.limits.activities:
            return "limit-activities"
        if self.days_away + one.days_away > self.limits.days_away:
            return "limit-days-away"
        if self.cost + one.cost > self.limits.cost:
            return "limit-cost"
        if self.chosen and 2 * (self.approaches.get(one.approach, 0) + 1) > len(self.chosen) + 2:
            return "one-approach"
        return None

    def _worth(self, one: Intervention) -> int:
        worth = 0
        for code, gain in one.gains.items():
            if left := self.left.get(code):
                worth += min(gain, left) * self.priorities[code]
        return worth
