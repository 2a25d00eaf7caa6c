"""The scoring rules once more (DOMAIN section 2), written apart from the service that is checked with them.

Slow and plain on purpose: fractions everywhere, no arrays shared with the service's own code.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from shared.events.framework import COMPETENCIES

WEIGHTS = {"manager": Fraction(4, 10), "peer": Fraction(3, 10), "report": Fraction(3, 10)}
ENOUGH = 3  # raters in a group other than the manager's


@dataclass(frozen=True, slots=True)
class Response:
    """One rater's answers in instrument order; None is N/A."""

    category: str
    ratings: list[int | None]
    relevance: list[int | None] | None = None


@dataclass(frozen=True, slots=True)
class Scores:
    """Eleven places each, hundredths; None where there is no score."""

    levels: list[int | None]
    others: list[int | None]
    gaps: list[int | None]
    short: frozenset[int]  # places with a gap, however small: a gap under 0.005 is stored as 0


def hundredths(value: Fraction) -> int:
    """A figure of the 1 to 5 scale as stored: half-even hundredths."""
    return round(value * 100)


def score(responses: Sequence[Response], competency_of: Sequence[int], targets: Sequence[int]) -> Scores:
    """Levels, others' levels and gaps of one assessment. Targets are in hundredths."""
    levels: list[int | None] = []
    others: list[int | None] = []
    gaps: list[int | None] = []
    short: set[int] = set()
    for place in range(len(COMPETENCIES)):
        items = [n for n, competency in enumerate(competency_of) if competency == place]
        seen = _others(responses, items)
        level = seen if seen is not None else _self(responses, items)
        others.append(None if seen is None else hundredths(seen))
        levels.append(None if level is None else hundredths(level))
        gap = None if level is None else max(Fraction(0), Fraction(targets[place], 100) - level)
        gaps.append(None if gap is None else hundredths(gap))
        if gap:
            short.add(place)
    return Scores(levels, others, gaps, frozenset(short))


def _means(responses: Sequence[Response], items: Sequence[int], category: str) -> list[Fraction]:
    """Means of the category's raters who answered at least half of the items."""
    found = []
    for response in responses:
        if response.category == category:
            given = [value for n in items if (value := response.ratings[n]) is not None]
            if 2 * len(given) >= len(items):
                found.append(Fraction(sum(given), len(given)))
    return found


def _others(responses: Sequence[Response], items: Sequence[int]) -> Fraction | None:
    """Weighted mean of the groups that may be shown; None when none is left."""
    manager = _means(responses, items, "manager")
    peers, reports = _means(responses, items, "peer"), _means(responses, items, "report")
    groups = [(WEIGHTS["manager"], manager)] if manager else []
    small = [group for group in (peers, reports) if group and len(group) < ENOUGH]
    if small and peers and reports:
        merged = [(WEIGHTS["peer"] + WEIGHTS["report"], peers + reports)]
    else:
        merged = [(WEIGHTS["peer"], peers), (WEIGHTS["report"], reports)]
    groups += [(weight, means) for weight, means in merged if len(means) >= ENOUGH]
    total = sum((weight for weight, _ in groups), Fraction(0))
    if not total:
        return None
    return sum((weight * sum(means) / len(means) for weight, means in groups), Fraction(0)) / total


def _self(responses: Sequence[Response], items: Sequence[int]) -> Fraction | None:
    means = _means(responses, items, "self")
    return means[0] if means else None
