"""When an assessment ends, and as what (DOMAIN section 2, "What is what")."""

from collections.abc import Collection

from services.assessment.scoring.anonymity import MANAGER, SELF

OTHERS = 3  # responses that make up for the manager's when a cycle closes

Answered = tuple[str, bool]  # category of a response, and whether its rater counts towards a minimum


def enough(answered: Collection[Answered], *, forced: bool) -> bool:
    """Whether the responses at hand are scored.

    Forced, that is when the cycle closes with raters still awaited, it takes the manager's response
    or three others that count towards a minimum. When everyone who was to answer has answered, any
    response is enough: what can be scored of it is for the scoring, and where that finds nothing the
    assessment is not measured.
    """
    if not forced:
        return bool(answered)
    others = sum(counts and category not in (SELF, MANAGER) for category, counts in answered)
    return others >= OTHERS or any(category == MANAGER for category, _ in answered)


def ended(scores: Collection[int | None]) -> str:
    """The state of an assessment that was scored: without one scored competency it is not measured."""
    return "completed" if any(score is not None for score in scores) else "not-measured"
