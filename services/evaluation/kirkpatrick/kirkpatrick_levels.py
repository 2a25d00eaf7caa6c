"""The five levels of evaluation for one plan: what is there, and what is still missing."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

RE_RATING_DAYS = (90, 180)
TESTED = "formal-training"  # courses are tested before and after; practice shows at re-rating


@dataclass(frozen=True, slots=True)
class Done:
    """An activity of the plan with what was entered about it."""

    activity_id: UUID
    approach: str | None
    completed: bool
    reacted: bool
    tested_before: bool
    tested_after: bool


@dataclass(frozen=True, slots=True)
class Missing:
    """Something that the evaluation of a plan lacks: it is awaited, or it will not come."""

    level: int  # 1 reaction, 2 learning, 3 behaviour, 4 results, 5 impact
    code: str
    activity_id: UUID | None = None
    days: int | None = None
    due_on: date | None = None


def missing(
    activities: Sequence[Done],
    due: Iterable[tuple[int, date]],
    re_rated: Iterable[int],
    unscored: Mapping[int, str],
) -> Iterator[Missing]:
    """What is missing, by level.

    `due` are the follow-ups that fell due as (days, day), `re_rated` the days of those that were answered by
    a re-rating, `unscored` how others ended: not-measured or expired. Results and impact are measured for
    units, not for one plan.
    """
    done = [activity for activity in activities if activity.completed]
    if not done:
        yield Missing(1, "no-activity-completed")
    yield from (Missing(1, "reaction-not-given", item.activity_id) for item in done if not item.reacted)
    for item in done:
        if item.approach == TESTED and not item.tested_before:
            yield Missing(2, "test-before-missing", item.activity_id)
        if item.approach == TESTED and not item.tested_after:
            yield Missing(2, "test-after-missing", item.activity_id)
    days, answered = dict(due), set(re_rated)
    for each in RE_RATING_DAYS:
        if each in unscored and each not in answered:
            yield Missing(3, f"re-rating-{unscored[each]}", days=each, due_on=days.get(each))
        elif each in days and each not in answered:
            yield Missing(3, "re-rating-awaited", days=each, due_on=days[each])
        elif each not in answered:
            yield Missing(3, "re-rating-not-due", days=each)
    yield Missing(4, "measured-per-unit")
    yield Missing(5, "measured-per-unit")
