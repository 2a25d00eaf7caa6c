"""Gaps and their priority, with every factor (DOMAIN section 2, "Formula")."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm

from services.assessment.scoring.rounding import Ratio
from shared.suppression import SMALLEST_CELL

UNANSWERED_RELEVANCE: Ratio = (3, 1)
ASKED_FOR_RELEVANCE = ("self", "manager")
BANDS = 3


@dataclass(frozen=True, slots=True)
class Gap:
    """One competency below its target, with all that its priority is made of.

    `place` is the competency's place in framework order, `weight` that of the role profile,
    `prevalence` hundredths of a share; gap, relevance and priority are exact.
    """

    place: int
    gap: Ratio
    weight: int
    relevance: Ratio
    prevalence: int
    priority: Ratio


def gap(target: int, level: Ratio) -> Ratio:
    """max(0, T - L) of a target in hundredths."""
    numerator, denominator = level
    return max(0, target * denominator - 100 * numerator), 100 * denominator


def relevance(answers: Sequence[Sequence[int] | None], place: int) -> Ratio:
    """Mean of the subject's and the manager's answers (0: not answered), 3 when neither answered."""
    given = [answer[place] for answer in answers if answer is not None and answer[place]]
    return (sum(given), len(given)) if given else UNANSWERED_RELEVANCE


def ranked(
    levels: Sequence[Ratio | None],
    targets: Sequence[int],
    weights: Sequence[int],
    relevances: Sequence[Ratio],
    prevalences: Sequence[int],
) -> list[Gap]:
    """The gaps above 0, highest priority first; equal ones in framework order.

    p = g x weight x v/3 x (1 + prevalence). Compared exactly, so two gaps that are shown with the
    same hundredths may still have an order.
    """
    found = []
    for place, level in enumerate(levels):
        if level is None:
            continue
        size = gap(targets[place], level)
        if size[0] == 0:
            continue
        found.append(_gap(place, size, weights[place], relevances[place], prevalences[place]))
    common = lcm(*(item.priority[1] for item in found))
    return sorted(found, key=lambda item: (-item.priority[0] * (common // item.priority[1]), item.place))


def _gap(place: int, size: Ratio, weight: int, asked: Ratio, prevalence: int) -> Gap:
    numerator = size[0] * weight * asked[0] * (100 + prevalence)
    return Gap(place, size, weight, asked, prevalence, (numerator, size[1] * asked[1] * 300))


def prevalence(below: int, scored: int) -> int:
    """Share of the scored people who are below target, in hundredths: the middle of a band.

    The subject reads it, or works it out from the priority, where the roll-up hides how many are below. So
    there are at most three bands, and each has five possible numbers of people or more: one band for five
    to eight people, which says nothing, two for nine to thirteen. 0 for fewer than five people.
    """
    if scored < SMALLEST_CELL:
        return 0
    bands = min(BANDS, (scored + 1) // SMALLEST_CELL)
    band = below * bands // (scored + 1)
    return round(Fraction(100 * (2 * band + 1), 2 * bands))


def nearest(path: Sequence[str], assessed: dict[str, int], least: int = 5) -> str | None:
    """The nearest unit of a path (root first) with `least` or more assessed, None when there is none."""
    return next((unit for unit in reversed(path) if assessed.get(unit, 0) >= least), None)
