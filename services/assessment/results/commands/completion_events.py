"""What is published of an assessment that ended."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from services.assessment.results.commands.scores import Scores
from shared import periods
from shared.events.assessment import AssessmentCompleted, PreviousScores, ReRatingUnscored
from shared.messaging import outbox


def unscored(rows: Sequence[Any], states: Mapping[UUID, str], moment: datetime) -> list[outbox.Entry]:
    """Of each re-rating that ended without a score; nothing of an assessment in a cycle, which nobody awaits."""
    ended = {row["assessment_id"]: row for row in rows if row["kind"] == "follow-up"}
    return [
        (_unscored(row, states[key], moment), str(key), row["version"] + 1)
        for key, row in ended.items()
        if states[key] != "completed"
    ]


def _unscored(row: Any, state: str, moment: datetime) -> ReRatingUnscored:
    return ReRatingUnscored(
        assessment_id=str(row["assessment_id"]),
        plan_id=str(row["plan_id"]),
        follow_up_days=row["follow_up_days"],
        person_id=str(row["person_id"]),
        unit_code=row["unit_code"],
        ended_at=moment,
        outcome=state,
    )


def completed(
    row: Any, scores: Scores, moment: datetime, measured_on: date, marks: list[str]
) -> AssessmentCompleted:
    """The scores of an assessment, from its row with the one before it."""
    return AssessmentCompleted(
        assessment_id=str(row["assessment_id"]),
        kind=row["kind"],
        cycle_id=str(row["cycle_id"]) if row["cycle_id"] else None,
        plan_id=str(row["plan_id"]) if row["plan_id"] else None,
        follow_up_days=row["follow_up_days"],
        person_id=str(row["person_id"]),
        post_id=str(row["post_id"]),
        unit_code=row["unit_code"],
        role_code=row["role_code"],
        level=row["level"],
        framework_code=row["framework_code"],
        framework_version=row["framework_version"],
        completed_at=moment,
        period=periods.of(measured_on),
        scores=scores.scores,
        others=scores.others,
        self_scores=scores.self_scores,
        targets=row["targets"],
        weights=row["weights"],
        gaps=scores.gaps,
        priorities=scores.priorities,
        unverified=scores.unverified,
        previous=_previous(row),
        item_marks=marks,
        measured_on=measured_on,
        opened_for=str(row["opened_for"]) if row["opened_for"] else None,
    )


def _previous(row: Any) -> PreviousScores | None:
    if row["previous_id"] is None:
        return None
    return PreviousScores(
        assessment_id=str(row["previous_id"]),
        completed_at=row["completed_at"],
        period=row["period"],
        unit_code=row["previous_unit"],
        level=row["previous_level"],
        scores=row["previous_scores"],
        others=row["previous_others"],
    )
