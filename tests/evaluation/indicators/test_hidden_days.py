"""A hidden value has the first day of its quarter, told and read: another day would say when somebody changed."""

from collections.abc import Callable
from datetime import date

from services.evaluation.indicators.commands import publication as publishing
from services.evaluation.indicators.queries.cells import load_published
from shared.database.engine import raw
from tests.evaluation import builders as b
from tests.evaluation.conftest import Evaluation
from tests.evaluation.indicators.test_publication import TREE, last, publish, staff, told


async def test_a_hidden_cell_does_not_say_when_somebody_in_it_changed(
    evaluation: Evaluation, today: Callable[[str], date]
) -> None:
    """Two at F1, then a third on another day: what is sent again is what was sent, as is what is read."""
    today("2026-08-25")
    await evaluation.take(b.received(TREE))
    await staff(evaluation, "F1", 0, 2)
    first = await publish(evaluation)
    assert {item.as_of for item in first} == {date(2026, 7, 1)}
    assert all(item.suppressed for item in first)
    for day, number in (("2026-08-27", 2), ("2026-09-03", 3)):
        today(day)
        await staff(evaluation, "F1", number, number + 1)
        assert await publish(evaluation) == []
        before = await last(evaluation)
        async with evaluation.database.session() as session:
            await publishing.resend(session)
        again = await told(evaluation, before)
        assert sorted(again, key=str) == sorted(first, key=str)
    async with evaluation.database.session() as session:
        read, _ = await load_published(await raw(session), [("OP-01", "2026Q3", "F1")])
    assert [(figure.people, figure.as_of) for figure in read.values()] == [(0, date(2026, 7, 1))]
