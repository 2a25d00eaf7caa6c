"""OC-03 and OC-04 are shown with the same people's competencies that were not in the plan."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from services.evaluation.indicators.queries import values
from shared.auth.caller import Caller
from shared.http.paging import Page
from tests.evaluation import builders as b
from tests.evaluation.conftest import Evaluation
from tests.evaluation.indicators.test_upkeep import TREE
from tests.evaluation.releasing import release_all


@pytest.mark.parametrize("role", ["programme-manager", "leader"])
async def test_planned_and_unplanned_stand_beside_each_other(
    evaluation: Evaluation, today: Callable[[str], date], role: str
) -> None:
    """Twelve people with QM in the plan: QM rose for six, and all else, HR a gap as well, for the others."""
    today("2026-08-25")
    await evaluation.take(b.received(TREE))
    for number, who in enumerate(f"p{number}" for number in range(12)):
        again = list(b.scores(k9=420) if number % 2 else b.scores(420, k9=300))
        follow_up = {"kind": "follow-up", "plan_id": b.ident(f"plan-{who}"), "follow_up_days": 90}
        await evaluation.take(
            b.received(b.assessed(f"a-{who}", who, "2026-05-10")),
            b.received(b.agreed(f"plan-{who}", f"a-{who}", who, "2026-05-20"), 2),
            b.received(b.assessed(f"b-{who}", who, "2026-08-20", others=again, scores=again, **follow_up)),
        )
    await release_all(evaluation)
    behaviour, gaps = await shown(evaluation, role, "OC-03"), await shown(evaluation, role, "OC-04")
    assert (behaviour["numerator"], behaviour["people"]) == (6, 12)
    assert (behaviour["beside"]["numerator"], behaviour["beside"]["people"]) == (6, 12)
    assert (gaps["value"], gaps["beside"]["value"], gaps["beside"]["people"]) == (50.0, 50.0, 12)


async def shown(evaluation: Evaluation, role: str, indicator: str) -> dict[str, Any]:
    """The country's value as this role reads it."""
    caller = Caller(frozenset({role}), ("C",), "0" * 32)
    async with evaluation.database.reading() as session:
        page = await values.listing(session, caller, Page(10, None), "C", indicator, "2026Q3")
    (item,) = page["items"]
    return dict(item)
