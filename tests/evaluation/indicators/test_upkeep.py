"""Cells kept by differences equal cells recomputed from contributions, whatever happened in between."""

import asyncio
import random
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.evaluation import rebuild
from services.evaluation.indicators.commands import periods
from services.evaluation.intake.commands import facts
from shared.database.engine import Database
from tests.evaluation import builders as b
from tests.evaluation.conftest import Evaluation
from tests.servers import wait_for

TREE = b.units(("C", None), ("R1", "C"), ("R2", "C"), ("D1", "R1"), ("D2", "R2"), ("F1", "D1"), ("F2", "D2"))
MOVED = b.units(("D1", "R2"), version=2)
WHO = [f"p{number}" for number in range(6)]


def story() -> list[Any]:
    """Two quarters of six people: assessed, planned, done, followed up, one transferred, one gone."""
    events = [b.received(TREE), b.received(MOVED, 2)]
    for number, who in enumerate(WHO):
        home = "F1" if number % 2 else "F2"
        again = list(b.scores(k9=360 if number % 3 else 340))
        follow_up = {"kind": "follow-up", "plan_id": b.ident(f"plan-{who}"), "follow_up_days": 90}
        activity = b.planned(f"act-{who}", "2026-08-15", hours=4 + number)
        events += [
            b.received(b.people(b.person(who, home))),
            b.received(b.assessed(f"a-{who}", who, "2026-05-10", home)),
            b.received(b.proposed(f"plan-{who}", f"a-{who}", who, activity), 1),
            b.received(b.agreed(f"plan-{who}", f"a-{who}", who, "2026-06-01", activity, unit_code=home), 2),
            b.received(
                b.completed(f"act-{who}", f"plan-{who}", who, f"2026-08-{10 + number}", unit_code=home)
            ),
            b.received(
                b.assessed(f"b-{who}", who, "2026-08-20", home, others=again, scores=again, **follow_up)
            ),
        ]
    events.append(
        b.received(b.people(b.person("p0", "F1", version=2), b.person("p1", version=2, active=False)))
    )
    events.append(b.received(b.closed("plan-p2", "p2", "2026-08-12"), 3))
    return events


async def settle(evaluation: Evaluation) -> None:
    """Run the timers until nothing is due."""
    while True:
        async with evaluation.database.session() as session:
            if not await periods.remeasure(session):
                break
    async with evaluation.database.session() as session:
        await periods.close(session)


async def recomputed(evaluation: Evaluation) -> int:
    """How many cells a rebuild corrects."""
    async with evaluation.database.session() as session:
        return (await rebuild.recompute(session))["corrected"]


async def test_the_story_in_order_gives_figures_done_by_hand(
    evaluation: Evaluation, today: Callable[[str], date]
) -> None:
    """Six covered of five active; 39 hours of practice; four of six rose."""
    today("2026-08-25")
    await evaluation.take(*story())
    await settle(evaluation)
    cells = await evaluation.cells()
    assert cells["OP-01", "2026Q3", "C"] == ("", 5000, 5000, 5)
    assert cells["OP-01", "2026Q2", "C"] == ("", 6000, 6000, 6)  # p1 held the post then
    assert cells["OP-04", "2026Q2", "C"] == ("", 6000, 6000, 6)
    assert cells["OP-05", "2026Q3", "C"] == ("", 6000, 6000, 6)
    assert cells["OP-06", "2026Q3", "C"] == ("", 60000, 60000, 6)
    assert cells["OC-03", "2026Q3", "C"] == ("", 4000, 6000, 6)
    assert cells["OC-03:unplanned", "2026Q3", "C"] == ("", 0, 6000, 6)
    assert cells["OC-04", "2026Q3", "C"] == ("", 0, 6000, 6)
    assert cells["OC-05", "2026Q2", "C"] == ("", 0, 6000, 6)
    assert cells["OP-06", "2026Q3", "R2"][1:] == (60000, 60000, 6)  # D1 moved to R2
    assert ("OP-06", "2026Q3", "R1") not in cells
    assert cells["OP-06", "2026Q3", "D1"][0] == "R2"
    assert await recomputed(evaluation) == 0


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10_000))
def test_any_order_and_repeats_end_in_the_same_figures(
    evaluation_loop: asyncio.Runner, evaluation_sync: Evaluation, today: Callable[[str], date], seed: int
) -> None:
    """Shuffled, a third repeated: the same cells as in order, and equal to recomputation.

    Only the tree keeps its order: the tree of a closed period is what was known when it closed.
    """
    today("2026-08-25")
    events = story()
    tree, others = events[:2], events[2:]
    shuffled = others + random.Random(seed).sample(others, len(others) // 3)
    random.Random(seed).shuffle(shuffled)
    for place, event in zip(sorted(random.Random(seed).sample(range(len(shuffled)), 2)), tree, strict=True):
        shuffled.insert(place, event)

    async def both() -> None:
        await evaluation_sync.empty()
        await evaluation_sync.take(*events)
        await settle(evaluation_sync)
        expected = await evaluation_sync.cells()
        await evaluation_sync.empty()
        await evaluation_sync.take(*shuffled)
        await settle(evaluation_sync)
        assert await evaluation_sync.cells() == expected
        assert await recomputed(evaluation_sync) == 0

    evaluation_loop.run(both())


async def test_a_closed_period_keeps_its_tree(evaluation: Evaluation, today: Callable[[str], date]) -> None:
    """D1 moves in the fourth quarter: the third stays under R1, the fourth goes to R2, late news included."""
    today("2026-08-25")
    await evaluation.take(b.received(TREE), *(b.received(b.people(b.person(who))) for who in WHO))
    await evaluation.take(*(b.received(b.assessed(f"a-{who}", who, "2026-08-20")) for who in WHO[:3]))
    today("2026-10-20")
    await settle(evaluation)
    await evaluation.take(b.received(MOVED))
    await evaluation.take(*(b.received(b.assessed(f"a-{who}", who, "2026-08-20")) for who in WHO[3:]))
    await evaluation.take(b.received(b.units(("F3", "D1"), version=1)))
    await evaluation.take(b.received(b.assessed("late", "late", "2026-08-21", "F3")))
    cells = await evaluation.cells()
    assert cells["OC-05", "2026Q3", "R1"] == ("C", 0, 7000, 7)
    assert ("OC-05", "2026Q3", "R2") not in cells
    assert cells["OP-01", "2026Q4", "R2"] == ("C", 6000, 6000, 6)
    assert ("OP-01", "2026Q4", "R1") not in cells
    assert cells["OP-01", "2026Q4", "D1"][0] == "R2"
    assert cells["OP-01", "2026Q3", "D1"][0] == "R1"
    assert await recomputed(evaluation) == 0


async def test_a_period_closes_with_its_as_of(evaluation: Evaluation, today: Callable[[str], date]) -> None:
    """Told on 25 August as of that day; after the quarter as of 30 September, and what expired is out."""
    today("2026-08-25")
    await evaluation.take(b.received(TREE), *(b.received(b.people(b.person(who))) for who in WHO))
    await evaluation.take(*(b.received(b.assessed(f"a-{who}", who, "2024-09-10")) for who in WHO))
    await settle(evaluation)
    query = """
        select numerator, as_of from indicator_value
        where (indicator, period, unit_code) = ('OP-01', :period, 'C')
    """
    assert await evaluation.rows(query, period="2026Q3") == [(6000, date(2026, 8, 25))]
    today("2026-10-02")
    await settle(evaluation)
    assert await evaluation.rows(query, period="2026Q3") == [(0, date(2026, 9, 30))]
    assert await evaluation.rows(query, period="2024Q3") == [(6000, date(2024, 9, 30))]
    assert await evaluation.rows(query, period="2026Q4") == [(0, date(2026, 10, 2))]
    closed = await evaluation.rows("select period from period where closed_as_of is not null order by period")
    assert [period for (period,) in closed][-2:] == ["2026Q2", "2026Q3"]


async def test_a_backdated_post_changes_a_closed_period(
    evaluation: Evaluation, today: Callable[[str], date]
) -> None:
    """News in November that a post ended in August: September's coverage no longer counts it."""
    today("2026-08-25")
    await evaluation.take(b.received(TREE), *(b.received(b.people(b.person(who))) for who in WHO))
    await evaluation.take(b.received(b.assessed("a", "p0", "2026-08-20")))
    today("2026-11-10")
    await settle(evaluation)
    await evaluation.take(b.received(b.people(b.person("p0", version=2, until=date(2026, 8, 31)))))
    assert (await evaluation.cells())["OP-01", "2026Q3", "C"] == ("", 0, 5000, 5)


async def test_two_consumers_at_once_lose_nothing(
    evaluation: Evaluation, today: Callable[[str], date]
) -> None:
    """Assessments and plans of the same people, applied by concurrent transactions."""
    today("2026-08-25")
    await evaluation.take(b.received(TREE))
    names = [f"q{number}" for number in range(40)]
    streams = [
        [b.received(b.people(b.person(who))) for who in names],
        [b.received(b.assessed(f"a-{who}", who, "2026-08-01")) for who in names],
        [b.received(b.agreed(f"plan-{who}", f"a-{who}", who, "2026-08-05"), 2) for who in names],
        [b.received(b.completed(f"act-{who}", f"plan-{who}", who, "2026-08-10")) for who in names],
    ]

    async def feed(events: list[Any]) -> None:
        for start in range(0, len(events), 8):
            await evaluation.take_batch(*events[start : start + 8])

    await asyncio.gather(*(feed(stream) for stream in streams))
    cells = await evaluation.cells()
    for indicator, figures in {"OP-01": (40000, 40000, 40), "OP-04": (40000, 40000, 40)}.items():
        assert cells[indicator, "2026Q3", "C"][1:] == figures
    assert cells["OP-06", "2026Q3", "C"][1:] == (400000, 400000, 40)
    assert await recomputed(evaluation) == 0


async def test_a_transaction_under_way_is_waited_for(
    evaluation: Evaluation, today: Callable[[str], date]
) -> None:
    """A plan is agreed while the assessment it belongs to is not committed yet: both count in the end."""
    today("2026-08-25")
    await evaluation.take(b.received(TREE), b.received(b.people(b.person("p0"))))

    async def waiting() -> list[Any]:
        return await evaluation.rows("select 1 from pg_locks where not granted")

    async with evaluation.database.session() as session:
        await facts.take_assessments(session, [b.received(b.assessed("a", "p0", "2026-08-01"))])
        agreement = asyncio.create_task(
            evaluation.take(b.received(b.agreed("plan", "a", "p0", "2026-08-05"), 2))
        )
        await wait_for(waiting)
    await agreement
    assert (await evaluation.cells())["OP-04", "2026Q3", "C"] == ("", 1000, 1000, 1)


@pytest.fixture
def evaluation_loop() -> Any:
    """A loop of its own for tests that hypothesis calls many times."""
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture
def evaluation_sync(evaluation_loop: asyncio.Runner, settings: Any) -> Any:
    """An evaluation whose connections belong to that loop."""
    database = Database(settings("evaluation"))
    yield Evaluation(database)
    evaluation_loop.run(database.close())
