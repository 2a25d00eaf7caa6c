"""What plans measure: nobody before they are agreed."""

from collections.abc import Callable
from datetime import date

from tests.evaluation import builders as b
from tests.evaluation.conftest import Evaluation


async def test_a_plan_that_nobody_agreed_to_measures_nobody(
    evaluation: Evaluation, today: Callable[[str], date]
) -> None:
    """Every cycle proposes one to everybody, and ends it by the next one: no share depends on it."""
    today("2026-08-01")
    activity = b.planned("act", "2026-08-15")
    measured = "select person_id from measured_person"
    await evaluation.take(
        b.received(b.proposed("plan", "a", "p0", activity), 1),
        b.received(b.closed("plan", "p0", "2026-07-20"), 2),
        b.received(b.closed("other", "p1", "2026-07-20"), 3),
    )
    assert await evaluation.rows(measured) == []
    await evaluation.take(
        b.received(b.proposed("other", "a", "p1", activity), 1),
        b.received(b.agreed("other", "a", "p1", "2026-07-10", activity), 2),
    )
    assert await evaluation.rows(measured) == [(b.key("p1"),)]
