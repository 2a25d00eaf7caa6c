"""What leaves for the hub: every change once, small cells and what would give them away never."""

import asyncio
from collections.abc import Callable
from datetime import date
from typing import Any

from services.evaluation import rebuild
from services.evaluation.commands import publishing
from shared.events import envelope
from shared.events.evaluation import IndicatorComputed, IndicatorValue
from tests.evaluation import builders as b
from tests.evaluation.conftest import Evaluation

TREE = b.units(("C", None), ("D1", "C"), ("D2", "C"), ("F1", "D1"), ("F2", "D1"), ("F3", "D2"))
DECODER = envelope.decoder(IndicatorComputed)


async def publish(evaluation: Evaluation) -> list[IndicatorValue]:
    """Publish until nothing is left; the items of this time."""
    before = await evaluation.rows("select coalesce(max(id), 0) from outbox")
    while True:
        async with evaluation.database.session() as session:
            if not await publishing.publish(session):
                break
    rows = await evaluation.rows("select payload from outbox where id > :last order by id", last=before[0][0])
    return [item for (payload,) in rows for item in DECODER.decode(payload).data.items]


def coverage(items: list[IndicatorValue]) -> dict[str, Any]:
    """Unit -> people covered, None where hidden; the last word counts."""
    return {
        item.unit_code: None if item.denominator is None else item.denominator // 1000
        for item in items
        if item.indicator == "OP-01"
    }


async def staff(evaluation: Evaluation, unit: str, start: int, end: int) -> None:
    """People number `start` to `end` - 1 in posts at a unit."""
    states = [b.person(f"w{number}", unit) for number in range(start, end)]
    await evaluation.take(b.received(b.people(*states)))


async def test_a_cell_is_published_when_it_changes(
    evaluation: Evaluation, today: Callable[[str], date]
) -> None:
    """Six at F1 are told for the facility and all above; a second look has nothing to say."""
    today("2026-08-25")
    await evaluation.take(b.received(TREE))
    await staff(evaluation, "F1", 0, 6)
    assert coverage(await publish(evaluation)) == {"C": 6, "D1": 6, "F1": 6}
    assert await publish(evaluation) == []


async def test_a_neighbour_that_is_not_told_takes_another_with_it(
    evaluation: Evaluation, today: Callable[[str], date]
) -> None:
    """Three at F2 join six at F1: F1, told before, is withdrawn; with two more both are told."""
    today("2026-08-25")
    await evaluation.take(b.received(TREE))
    await staff(evaluation, "F1", 0, 6)
    await publish(evaluation)
    await staff(evaluation, "F2", 10, 13)
    assert coverage(await publish(evaluation)) == {"C": 9, "D1": 9, "F2": None, "F1": None}
    await staff(evaluation, "F2", 13, 15)
    assert coverage(await publish(evaluation)) == {"C": 11, "D1": 11, "F2": 5, "F1": 6}


async def test_a_hidden_parent_hides_below_it(evaluation: Evaluation, today: Callable[[str], date]) -> None:
    """D2 has two people, so D1 is hidden beside it; F1 alone would tell D1, so it is withdrawn too."""
    today("2026-08-25")
    await evaluation.take(b.received(TREE))
    await staff(evaluation, "F1", 0, 6)
    await publish(evaluation)
    await staff(evaluation, "F3", 10, 12)
    assert coverage(await publish(evaluation)) == {"C": 8, "D1": None, "D2": None, "F1": None, "F3": None}


async def test_a_cell_that_is_being_changed_is_not_waited_for(
    evaluation: Evaluation, today: Callable[[str], date]
) -> None:
    """As above, but somebody holds F1: waiting while D1 is locked would deadlock with its next write."""
    today("2026-08-25")
    await evaluation.take(b.received(TREE))
    await staff(evaluation, "F1", 0, 6)
    await publish(evaluation)
    await staff(evaluation, "F3", 10, 12)
    async with evaluation.database.transaction() as writer:
        await writer.execute("update indicator_value set people = people where unit_code = 'F1'")
        assert await asyncio.wait_for(publish(evaluation), 20) == []
        await writer.execute("update indicator_value set people = people where unit_code = 'D1'")
    assert coverage(await publish(evaluation)) == {"C": 8, "D1": None, "D2": None, "F1": None, "F3": None}


async def test_a_rebuild_of_right_figures_publishes_nothing(
    evaluation: Evaluation, today: Callable[[str], date]
) -> None:
    """And one of wrong figures publishes what it put right."""
    today("2026-08-25")
    await evaluation.take(b.received(TREE))
    await staff(evaluation, "F1", 0, 6)
    await publish(evaluation)
    async with evaluation.database.session() as session:
        assert await rebuild.recompute(session) == {"people": 6, "corrected": 0}
    assert await publish(evaluation) == []
    async with evaluation.database.transaction() as connection:
        await connection.execute("update indicator_value set people = 50 where unit_code = 'D1'")
        await connection.execute(
            "insert into indicator_value select 'OP-01', '2020Q1', 'F1', 'D1', 1, 1, 9, now(), 1"
        )
        await connection.execute("delete from contribution where unit_code = 'F1'")
    async with evaluation.database.session() as session:
        assert (await rebuild.recompute(session))["corrected"] == 4
    assert (await evaluation.cells())["OP-01", "2026Q3", "D1"] == ("C", 0, 6000, 6)
