"""What leaves for the hub: every change once, small cells and what would give them away never."""

from collections.abc import Callable
from datetime import date
from typing import Any

from services.evaluation import rebuild
from services.evaluation.indicators.commands import publication as publishing
from shared.events import envelope
from shared.events.evaluation import IndicatorComputed, IndicatorValue
from tests.evaluation import builders as b
from tests.evaluation.conftest import Evaluation
from tests.evaluation.indicators.test_upkeep import settle

TREE = b.units(("C", None), ("D1", "C"), ("D2", "C"), ("F1", "D1"), ("F2", "D1"), ("F3", "D2"))
DECODER = envelope.decoder(IndicatorComputed)


async def publish(evaluation: Evaluation) -> list[IndicatorValue]:
    """Publish what may be published now; the items of this time."""
    before = await last(evaluation)
    async with evaluation.database.session() as session:
        await publishing.publish(session)
    return await told(evaluation, before)


async def last(evaluation: Evaluation) -> int:
    """The newest event so far."""
    return int((await evaluation.rows("select coalesce(max(id), 0) from outbox"))[0][0])


async def told(evaluation: Evaluation, after: int) -> list[IndicatorValue]:
    """Items of the events after that one."""
    rows = await evaluation.rows("select payload from outbox where id > :after order by id", after=after)
    return [item for (payload,) in rows for item in DECODER.decode(payload).data.items]


def coverage(items: list[IndicatorValue]) -> dict[str, Any]:
    """Unit -> people covered; the last word counts."""
    return {
        item.unit_code: None if item.denominator is None else item.denominator // 1000
        for item in items
        if item.indicator == "OP-01"
    }


async def staff(evaluation: Evaluation, unit: str, start: int, end: int) -> None:
    """People number `start` to `end` - 1 in posts at a unit."""
    states = [b.person(f"w{number}", unit) for number in range(start, end)]
    await evaluation.take(b.received(b.people(*states)))


async def july(evaluation: Evaluation, start: int, end: int) -> None:
    """People number `start` to `end` - 1 were assessed in July."""
    for number in range(start, end):
        who = f"w{number}"
        await evaluation.take(b.received(b.assessed(f"a-{who}", who, "2026-07-20")))


async def test_a_cell_is_published_with_five_people(
    evaluation: Evaluation, today: Callable[[str], date]
) -> None:
    """Four are not told; with six the facility and all above are; a second look has nothing to say."""
    today("2026-08-25")
    await evaluation.take(b.received(TREE))
    await staff(evaluation, "F1", 0, 4)
    assert coverage(await publish(evaluation)) == {}
    await staff(evaluation, "F1", 4, 6)
    assert coverage(await publish(evaluation)) == {"C": 6, "D1": 6, "F1": 6}
    assert await publish(evaluation) == []


async def test_figures_move_by_five_people_and_never_by_one(
    evaluation: Evaluation, today: Callable[[str], date]
) -> None:
    """Twelve in posts, then assessed one by one: coverage is told after the fifth, not before."""
    today("2026-08-25")
    await evaluation.take(b.received(TREE))
    await staff(evaluation, "F1", 0, 12)
    await publish(evaluation)
    told = []
    for number in range(12):
        await july(evaluation, number, number + 1)
        items = [
            item for item in await publish(evaluation) if (item.indicator, item.unit_code) == ("OP-01", "C")
        ]
        told.append([item.numerator for item in items])
    assert told == [[], [], [], [], [5000], [], [], [], [], [10000], [], []]


async def test_one_person_who_changes_five_times_moves_nothing(
    evaluation: Evaluation, today: Callable[[str], date]
) -> None:
    """Five activities of one person are one person's hours."""
    today("2026-08-25")
    await evaluation.take(b.received(TREE))
    for number in range(5):
        await evaluation.take(b.received(b.completed(f"act{number}", "plan", f"w{number}", "2026-08-10")))
    assert [item.numerator for item in await publish(evaluation) if item.unit_code == "C"] == [50000]
    for number in range(10, 15):
        await evaluation.take(b.received(b.completed(f"act{number}", "plan", "w0", "2026-08-11")))
    assert await publish(evaluation) == []


async def test_a_small_neighbour_keeps_another_from_being_told(
    evaluation: Evaluation, today: Callable[[str], date]
) -> None:
    """Six at F1 and three at F2: D1 less F1 would be the three. Two more, and both are told."""
    today("2026-08-25")
    await evaluation.take(b.received(TREE))
    await staff(evaluation, "F1", 0, 6)
    await staff(evaluation, "F2", 10, 13)
    assert coverage(await publish(evaluation)) == {"C": 9, "D1": 9}
    await staff(evaluation, "F2", 13, 15)
    await staff(evaluation, "F1", 20, 23)
    assert coverage(await publish(evaluation)) == {"C": 14, "D1": 14, "F2": 5, "F1": 9}


async def test_nothing_told_before_is_told_apart_by_newcomers(
    evaluation: Evaluation, today: Callable[[str], date]
) -> None:
    """F1 is told, then three come to F2: nothing moves, since D1's movement would be theirs."""
    today("2026-08-25")
    await evaluation.take(b.received(TREE))
    await staff(evaluation, "F1", 0, 6)
    await publish(evaluation)
    await staff(evaluation, "F2", 10, 13)
    assert await publish(evaluation) == []
    await staff(evaluation, "F1", 20, 25)
    assert coverage(await publish(evaluation)) == {"C": 14, "D1": 14}


async def test_a_hidden_parent_hides_below_it(evaluation: Evaluation, today: Callable[[str], date]) -> None:
    """D2 has two people, so D1 is not told beside it; F1 alone would tell D1, so it is not either."""
    today("2026-08-25")
    await evaluation.take(b.received(TREE))
    await staff(evaluation, "F1", 0, 6)
    await staff(evaluation, "F3", 10, 12)
    assert coverage(await publish(evaluation)) == {"C": 8}


async def test_a_branch_that_changes_hands_is_its_neighbours_change(
    evaluation: Evaluation, today: Callable[[str], date]
) -> None:
    """F1's three people go from D1 to D2: with nobody else changing, neither district may tell it."""
    today("2026-08-25")
    await evaluation.take(b.received(TREE))
    await staff(evaluation, "F1", 0, 3)
    await staff(evaluation, "D1", 10, 16)
    await staff(evaluation, "F3", 20, 26)
    assert coverage(await publish(evaluation))["D1"] == 9
    await evaluation.take(b.received(b.units(("F1", "D2"), version=2)))
    assert await publish(evaluation) == []
    await staff(evaluation, "F3", 30, 35)
    assert coverage(await publish(evaluation)) == {"C": 20}  # less D2 it would tell what D1 lost
    await staff(evaluation, "D1", 40, 45)
    assert coverage(await publish(evaluation)) == {"C": 25, "D2": 14}  # now D1 waits: less D1, the same


async def test_a_closed_quarter_is_told_as_of_its_last_day(
    evaluation: Evaluation, today: Callable[[str], date]
) -> None:
    """Told in August, nothing since: as of 30 September. With three more held back: still as of August."""
    today("2026-08-25")
    await evaluation.take(b.received(TREE))
    await staff(evaluation, "F1", 0, 6)
    await july(evaluation, 0, 6)
    await publish(evaluation)
    await evaluation.take(b.received(b.completed("act", "plan", "w0", "2026-08-10")))
    for number in range(6, 9):
        await evaluation.take(b.received(b.assessed(f"late{number}", f"x{number}", "2026-08-20", "F2")))
    today("2026-10-02")
    before = await last(evaluation)
    await settle(evaluation)
    items = await told(evaluation, before)
    closed = {item.indicator: item for item in items if (item.unit_code, item.period) == ("C", "2026Q3")}
    assert (closed["OP-01"].numerator, closed["OP-01"].as_of) == (6000, date(2026, 9, 30))
    assert "OC-05" not in closed
    stored = await evaluation.rows(
        "select published_as_of, published_denominator from indicator_value"
        " where (indicator, unit_code, period) = ('OC-05', 'C', '2026Q3')"
    )
    assert stored == [(date(2026, 8, 25), 6000)]


async def test_figures_of_a_closed_quarter_move_when_five_more_are_in(
    evaluation: Evaluation, today: Callable[[str], date]
) -> None:
    """Plans agreed after the quarter's end, within 60 days, still count for it."""
    today("2026-08-25")
    await evaluation.take(b.received(TREE))
    await july(evaluation, 0, 8)
    await publish(evaluation)
    today("2026-10-02")
    await settle(evaluation)
    await publish(evaluation)
    for number in range(6):
        event = b.agreed(f"plan-{number}", f"a-w{number}", f"w{number}", "2026-09-10")
        await evaluation.take(b.received(event, 2))
        told = [
            item for item in await publish(evaluation) if (item.indicator, item.unit_code) == ("OP-04", "C")
        ]
        assert [item.numerator for item in told] == ([5000] if number == 4 else [])


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
