"""What leaves for the hub: what each release shows, and small cells and what would give them away never."""

from collections.abc import Callable
from datetime import date
from typing import Any

from services.evaluation import rebuild
from shared.events import envelope
from shared.events.evaluation import IndicatorComputed, IndicatorValue
from tests.evaluation import builders as b
from tests.evaluation.conftest import Evaluation
from tests.evaluation.indicators.test_upkeep import settle
from tests.evaluation.releasing import release_all

TREE = b.units(("C", None), ("D1", "C"), ("D2", "C"), ("F1", "D1"), ("F2", "D1"), ("F3", "D2"))
DECODER = envelope.decoder(IndicatorComputed)


async def publish(evaluation: Evaluation) -> list[IndicatorValue]:
    """Release everything as it is now; the items of this time."""
    before = await last(evaluation)
    await release_all(evaluation)
    return await told(evaluation, before)


async def last(evaluation: Evaluation) -> int:
    """The newest event so far."""
    return int((await evaluation.rows("select coalesce(max(id), 0) from outbox"))[0][0])


async def told(evaluation: Evaluation, after: int) -> list[IndicatorValue]:
    """Items of the events after that one."""
    rows = await evaluation.rows("select payload from outbox where id > :after order by id", after=after)
    return [item for (payload,) in rows for item in DECODER.decode(payload).data.items]


def coverage(items: list[IndicatorValue], indicator: str = "OP-01") -> dict[str, Any]:
    """Unit -> covered and in posts; the last word counts."""
    return {
        item.unit_code: None
        if item.numerator is None or item.denominator is None
        else (item.numerator // 1000, item.denominator // 1000)
        for item in items
        if item.indicator == indicator
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


async def test_a_cell_is_published_with_five_in_the_numerator_and_five_beside_it(
    evaluation: Evaluation, today: Callable[[str], date]
) -> None:
    """Four of ten are not said, nor six less two; another look has nothing to say."""
    today("2026-08-25")
    await evaluation.take(b.received(TREE))
    await staff(evaluation, "F1", 0, 10)
    await july(evaluation, 0, 4)
    assert coverage(await publish(evaluation)) == {}
    await july(evaluation, 4, 5)
    assert coverage(await publish(evaluation)) == dict.fromkeys(("C", "D1", "F1"), (5, 10))
    assert await publish(evaluation) == []


async def test_figures_move_by_five_people_and_never_by_one(
    evaluation: Evaluation, today: Callable[[str], date]
) -> None:
    """Thirty in posts, ten of them covered; then one more is, and one more comes, at a time."""
    today("2026-08-25")
    await evaluation.take(b.received(TREE))
    await staff(evaluation, "F1", 0, 30)
    await july(evaluation, 0, 10)
    said = [coverage(await publish(evaluation))["C"][0]]
    for number in range(10, 22):
        await july(evaluation, number, number + 1)
        await staff(evaluation, "F1", number + 30, number + 31)
        found = coverage(await publish(evaluation))
        said += [found["C"][0]] if found else []
    assert said[0] == 10
    assert len(said) > 1
    assert all(abs(one - other) >= 5 for one in said for other in said if one != other)


async def test_one_person_who_changes_five_times_is_not_told_apart(
    evaluation: Evaluation, today: Callable[[str], date]
) -> None:
    """Five activities of one person are one person's hours."""
    today("2026-08-25")
    await evaluation.take(b.received(TREE))
    for number in range(12):
        course = {"approach": "formal-training"} if number % 2 else {}
        event = b.completed(f"act{number}", "plan", f"w{number}", "2026-08-10", **course)
        await evaluation.take(b.received(event))
    assert coverage(await publish(evaluation), "OP-06")["C"] == (60, 120)
    for number in range(12, 17):
        await evaluation.take(b.received(b.completed(f"act{number}", "plan", "w0", "2026-08-11")))
    assert await publish(evaluation) == []


async def test_a_small_neighbour_keeps_another_from_being_told(
    evaluation: Evaluation, today: Callable[[str], date]
) -> None:
    """Twelve at F1 and three at F2: D1 less F1 would be the three."""
    today("2026-08-25")
    await evaluation.take(b.received(TREE))
    await staff(evaluation, "F1", 0, 12)
    await staff(evaluation, "F2", 20, 23)
    await july(evaluation, 0, 6)
    assert coverage(await publish(evaluation)) == dict.fromkeys(("C", "D1"), (6, 15))


async def test_a_cell_that_is_withheld_later_stands_as_it_was_released(
    evaluation: Evaluation, today: Callable[[str], date]
) -> None:
    """F1 is published, then one person leaves, and F3 comes with many: F1's value is of the release before."""
    today("2026-08-25")
    await evaluation.take(b.received(TREE))
    await staff(evaluation, "F1", 0, 12)
    await july(evaluation, 0, 6)
    await publish(evaluation)
    await evaluation.take(b.received(b.people(b.person("w0", "F1", version=2, active=False))))
    await staff(evaluation, "F3", 30, 42)
    await july(evaluation, 30, 36)
    assert coverage(await publish(evaluation)) == dict.fromkeys(("D2", "F3"), (6, 12))
    stored = """select published_denominator, moved from indicator_value
        where indicator = 'OP-01' and unit_code = 'F1'"""
    assert await evaluation.rows(stored) == [(12000, 1)]


async def test_figures_of_a_closed_quarter_are_corrected_by_a_later_release(
    evaluation: Evaluation, today: Callable[[str], date]
) -> None:
    """Plans agreed after the quarter's end, within 60 days, still count for it; so do assessments told late."""
    today("2026-08-25")
    await evaluation.take(b.received(TREE))
    await july(evaluation, 0, 20)
    for number in range(6):
        event = b.agreed(f"plan-{number}", f"a-w{number}", f"w{number}", "2026-08-01")
        await evaluation.take(b.received(event, 2))
    assert coverage(await publish(evaluation), "OP-04")["C"] == (6, 20)
    today("2026-10-02")
    await settle(evaluation)
    assert coverage(await publish(evaluation), "OP-04") == {}
    for number in range(6, 12):
        event = b.agreed(f"plan-{number}", f"a-w{number}", f"w{number}", "2026-09-10")
        await evaluation.take(b.received(event, 2))
    await july(evaluation, 20, 26)
    assert coverage(await publish(evaluation), "OP-04")["C"] == (12, 26)


async def test_a_rebuild_of_right_figures_publishes_nothing(
    evaluation: Evaluation, today: Callable[[str], date]
) -> None:
    """And what one of wrong figures put right is in the next release."""
    today("2026-08-25")
    await evaluation.take(b.received(TREE))
    await staff(evaluation, "F1", 0, 12)
    await july(evaluation, 0, 6)
    await publish(evaluation)
    async with evaluation.database.session() as session:
        assert (await rebuild.recompute(session))["corrected"] == 0
    assert await publish(evaluation) == []
    async with evaluation.database.transaction() as connection:
        await connection.execute(
            "update indicator_value set people = 50 where unit_code = 'D1' and indicator = 'OP-01'"
        )
        await connection.execute(
            "insert into indicator_value select 'OP-01', '2020Q1', 'F1', 'D1', 1, 1, 9, now(), 1"
        )
        await connection.execute("delete from contribution where unit_code = 'F1' and indicator = 'OP-01'")
    async with evaluation.database.session() as session:
        assert (await rebuild.recompute(session))["corrected"] > 0
    assert (await evaluation.cells())["OP-01", "2026Q3", "D1"] == ("C", 6000, 12000, 12)
