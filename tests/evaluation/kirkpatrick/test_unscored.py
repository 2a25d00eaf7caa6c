"""A re-rating that ended without a score: a plan's evaluation says so, and waits for it no longer."""

from collections.abc import Callable
from datetime import date
from uuid import UUID

import pytest

from services.evaluation.kirkpatrick.queries import evaluations
from shared.auth.caller import Caller
from shared.events.assessment import ReRatingUnscored
from shared.events.planning import FollowUpDue
from shared.http.paging import Page
from tests.evaluation import builders as b
from tests.evaluation.conftest import Evaluation
from tests.evaluation.indicators.test_upkeep import TREE

PLAN = b.ident("plan")


def due(days: int) -> FollowUpDue:
    return FollowUpDue(
        follow_up_id=b.ident(f"follow-{days}"), plan_id=PLAN, assessment_id=b.ident("first"),
        person_id=b.ident("p0"), post_id=b.ident("post-p0"), unit_code="F1", days=days,
        due_on=date(2026, 8, 20), competencies=["QM"],
    )  # fmt: skip


def unscored(days: int, outcome: str) -> ReRatingUnscored:
    return ReRatingUnscored(
        assessment_id=b.ident(f"again-{days}"), plan_id=PLAN, follow_up_days=days, person_id=b.ident("p0"),
        unit_code="F1", ended_at=b.at("2026-09-20"), outcome=outcome,
    )  # fmt: skip


async def of_re_ratings(evaluation: Evaluation) -> dict[int, tuple[str, date | None]]:
    """By days, what is missing of the plan's behaviour, and when it fell due."""
    caller = Caller(frozenset({"programme-manager"}), ("C",), "0" * 32)
    async with evaluation.database.reading() as session:
        page = await evaluations.listing(session, caller, Page(10, None), person=None, plan_id=UUID(PLAN))
    (found,) = page["items"]
    return {part.days: (part.code, part.due_on) for part in found["missing"] if part.level == 3}


@pytest.mark.parametrize("late", [False, True])
async def test_it_is_read_as_how_it_ended_in_whatever_order_the_events_come(
    evaluation: Evaluation, today: Callable[[str], date], late: bool
) -> None:
    today("2026-09-25")
    await evaluation.take(
        b.received(TREE),
        b.received(b.people(b.person("p0"))),
        b.received(b.assessed("first", "p0", "2026-05-10")),
        b.received(b.agreed("plan", "first", "p0", "2026-05-20"), 2),
    )
    assert await of_re_ratings(evaluation) == {
        90: ("re-rating-not-due", None),
        180: ("re-rating-not-due", None),
    }
    events = [b.received(due(90)), b.received(due(180)), b.received(unscored(90, "not-measured"))]
    await evaluation.take(*(reversed(events) if late else events), events[-1])
    day = date(2026, 8, 20)
    assert await of_re_ratings(evaluation) == {
        90: ("re-rating-not-measured", day), 180: ("re-rating-awaited", day)
    }  # fmt: skip
    await evaluation.take(b.received(unscored(180, "expired")))
    assert (await of_re_ratings(evaluation))[180] == ("re-rating-expired", day)
