"""A cell that was never published: nothing goes up, whoever comes and whenever, and what is read has one day."""

from collections.abc import Callable
from datetime import date

from services.evaluation.indicators.commands import publication as publishing
from services.evaluation.indicators.queries.cells import load_published
from shared.database.engine import raw
from tests.evaluation import builders as b
from tests.evaluation.conftest import Evaluation
from tests.evaluation.indicators.test_publication import TREE, july, last, publish, staff, told


async def test_a_cell_of_few_does_not_say_that_or_when_somebody_came(
    evaluation: Evaluation, today: Callable[[str], date]
) -> None:
    """Two at F1, then a third and a fourth on other days: a hub reads what it reads of a unit of nobody."""
    today("2026-08-25")
    await evaluation.take(b.received(TREE))
    for day, start, end in (("2026-08-25", 0, 2), ("2026-08-27", 2, 3), ("2026-09-03", 3, 4)):
        today(day)
        await staff(evaluation, "F1", start, end)
        before = await last(evaluation)
        assert await publish(evaluation) == []
        async with evaluation.database.session() as session:
            await publishing.resend(session)
        assert await told(evaluation, before) == []
    async with evaluation.database.session() as session:
        read, _ = await load_published(await raw(session), [("OP-01", "2026Q3", "F1")])
    (figure,) = read.values()
    assert (figure.people, figure.as_of, figure.version) == (0, date(2026, 7, 1), 1)


async def test_what_an_earlier_version_announced_is_not_sent_again(
    evaluation: Evaluation, today: Callable[[str], date]
) -> None:
    """Its version is kept, so that the first figure is newer to a hub that has the announcement."""
    today("2026-08-25")
    await evaluation.take(b.received(TREE))
    await staff(evaluation, "F1", 0, 4)
    async with evaluation.database.transaction() as connection:
        await connection.execute("update indicator_value set published_version = 1")
    before = await last(evaluation)
    async with evaluation.database.session() as session:
        await publishing.resend(session)
    assert await told(evaluation, before) == []
    await staff(evaluation, "F1", 4, 12)
    await july(evaluation, 0, 6)
    items = [
        item for item in await publish(evaluation) if (item.indicator, item.unit_code) == ("OP-01", "F1")
    ]
    assert [(item.version, item.denominator) for item in items] == [(2, 12000)]
