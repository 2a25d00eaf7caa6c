"""How far a score can be trusted, without giving a rater away (DOMAIN section 2, "Quality").

The manager is exempt from the minimum of three, as in the scores; every other figure here is about
three people or more, or about the subject.
"""

from collections.abc import Iterable, Sequence

from services.assessment.scoring.anonymity import MANAGER, SMALLEST_GROUP, Group
from services.assessment.scoring.competency_levels import NOT_APPLICABLE, Layout
from services.assessment.scoring.rounding import Ratio, half_even

SPREAD_FROM = 5  # independent raters: at three, a mean with its standard deviation gives single raters away

Answers = tuple[str, Sequence[int], bool]  # category, ratings, whether the rater is independent


def spread(group: Group, unit: int) -> str | None:
    """Standard deviation of a group's raters as a band; None below five independent raters.

    narrow: under half a point, moderate: under one point, wide: one point or more.
    """
    if group.counted < SPREAD_FROM:
        return None
    numerator, denominator = variance(group.values, unit)
    if 4 * numerator < denominator:
        return "narrow"
    return "moderate" if numerator < denominator else "wide"


def variance(values: Sequence[int], unit: int) -> Ratio:
    """Sample variance of at least two values in 1/unit, in squared points of the scale."""
    n = len(values)
    squares = n * sum(value * value for value in values) - sum(values) ** 2
    return squares, n * (n - 1) * unit * unit


def showable(others: Iterable[Answers]) -> list[Sequence[int]]:
    """The responses whose pooled habits may be shown: all of them, or the manager's alone.

    One or two other raters with the manager could be worked out by the manager, and so could two of
    more when the rest was named or typed in by somebody who reads this.
    """
    answers = list(others)
    rest = sum(category != MANAGER and independent for category, _, independent in answers)
    return [ratings for category, ratings, _ in answers if rest >= SMALLEST_GROUP or category == MANAGER]


def share_not_applicable(responses: Sequence[Sequence[int]], layout: Layout) -> list[int | None]:
    """Per competency the share of N/A among the items asked, in hundredths; None without responses."""
    return [
        half_even(
            100 * sum(ratings[first:last].count(NOT_APPLICABLE) for ratings in responses),
            len(responses) * (last - first),
        )
        if responses and last > first
        else None
        for first, last in layout.bounds
    ]


def straight_lined(ratings: Sequence[int]) -> bool:
    """Whether one and the same rating was given to every item answered, half of all items or more."""
    given = len(ratings) - ratings.count(NOT_APPLICABLE)
    return given > 1 and 2 * given >= len(ratings) and len(set(ratings) - {NOT_APPLICABLE}) == 1
