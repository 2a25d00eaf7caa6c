"""Made-up ratings: what a person can do, and how colleagues see it. The same in every run.

Nothing is drawn from a stream shared between responses: each response has a generator of its own,
seeded by who rates whom and when, so that the order of loading changes no figure.
"""

from collections.abc import Collection, Sequence
from random import Random

from shared.events.framework import COMPETENCIES

Ratings = list[int | None]

_BIAS = {"self": 0.5, "manager": -0.1, "peer": 0.1, "report": 0.0, "partner": 0.0}
_ABSENT = {"self": 0.0, "manager": 0.04, "peer": 0.08, "report": 0.06, "partner": 0.2}  # share of N/A
_WEAK = {"B": ("IM", "VS"), "I": ("RM", "HR", "SC"), "A": ("IM", "CL")}  # what a level tends to lack


def ability(seed: int, person_key: str, level: str) -> list[float]:
    """How well a person does on each competency before any development, on the 1 to 5 scale."""
    random = Random(f"{seed}/ability/{person_key}")
    general = random.gauss(3.75, 0.45)
    return [
        min(4.8, max(1.2, general + random.gauss(0, 0.45) - (0.4 if code in _WEAK[level] else 0)))
        for code in COMPETENCIES
    ]


def developed(
    before: Sequence[float], competencies: Collection[str], *, gain: float, drift: float = 0.05
) -> list[float]:
    """Ability after development: `gain` where the plan was, a little drift elsewhere."""
    return [
        min(4.9, value + (gain if code in competencies else drift))
        for code, value in zip(COMPETENCIES, before, strict=True)
    ]


def response(level: Sequence[float], competency_of: Sequence[int], category: str, key: str) -> Ratings:
    """One rater's ratings in instrument order.

    `level` holds eleven values, `competency_of` the competency's place for every item, `key` says
    who rates whom in which round. None is N/A.
    """
    random = Random(key)
    leniency = random.gauss(_BIAS[category], 0.3)
    found: Ratings = []
    for place in competency_of:
        seen = level[place] + leniency + random.gauss(0, 0.55)
        absent = random.random() < _ABSENT[category]
        found.append(None if absent else min(5, max(1, round(seen))))
    if not any(found):
        found[0] = 3
    return found


def relevance(key: str, category: str) -> Ratings | None:
    """Importance of each competency for the post, 1 to 5: asked of the subject and the manager."""
    if category not in ("self", "manager"):
        return None
    random = Random(f"{key}/relevance")
    return [random.choice((2, 3, 3, 4, 4, 5)) for _ in COMPETENCIES]
