"""A person's assessment compared with the one before: what changed, and what cannot be compared."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from services.assessment.frameworks.queries import frameworks
from services.assessment.scoring.reliable_change import Measurement, changes, may_be_shown
from shared.events.framework import COMPETENCIES

NOT_COMPARABLE = {
    "level": {
        "en": "Not comparable: assessed with the items of another level.",
        "fr": "Non comparable : évaluation avec les items d'un autre niveau.",
    },
    "items": {
        "en": "Not comparable: assessed with other items, of another framework version.",
        "fr": "Non comparable : évaluation avec d'autres items, d'une autre version du référentiel.",
    },
}


async def apart(session: AsyncSession, before: Any, after: Any) -> dict[str, Any] | None:
    """The competencies that were measured by other items than before, and why; None where there are none."""
    if before is None:
        return None
    asked = [
        await frameworks.item_marks(session, row["framework_code"], row["framework_version"], row["level"])
        for row in (before, after)
    ]
    marks = zip(COMPETENCIES, *asked, strict=True)
    others = [code for code, old, new in marks if old != new]
    if not others:
        return None
    reason = "items" if before["level"] == after["level"] else "level"
    return {"reason": reason, "competencies": others, "text": NOT_COMPARABLE[reason]}


def changed(before: Any, after: Any, others: dict[str, Any] | None) -> list[dict[str, Any] | None] | None:
    """Per competency, where the same items were asked: others measure something else."""
    codes = set(others["competencies"]) if others else set[str]()
    if before is None or len(codes) == len(COMPETENCIES):
        return None
    found = changes(_measured(before), _measured(after))
    flags = [all(map(may_be_shown, sides)) for sides in zip(before["groups"], after["groups"], strict=True)]
    return [
        None
        if item is None or code in codes
        else {"difference": item.difference, "significant": item.significant if flag else None}
        for code, item, flag in zip(COMPETENCIES, found, flags, strict=True)
    ]


def _measured(row: Any) -> list[Measurement | None]:
    return [
        None if score is None else Measurement(score, n, variance)
        for score, n, variance in zip(row["others"], row["counts"], row["variances"], strict=True)
    ]
