"""Roll-ups are released at calendar dates, from who counts then, and no release is ever changed."""

import asyncio
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa

from services.assessment.rollups.commands import rollup_releases
from services.assessment.rollups.queries import released_cube
from shared import periods
from shared.database.engine import Database
from shared.directory.projection import take_people
from shared.disclosure.document import read
from shared.releases import making, release_store
from shared.releases.due_dates import Due
from tests.assessment.cycles.test_cycles import rows
from tests.assessment.rollups.releasing import TABLES
from tests.assessment.rollups.test_rollups import NOW, crowd, empty, fact, take
from tests.assessment.world import load_framework, person

CLOSED = periods.previous(NOW)


@pytest.fixture
async def nothing(database: Database) -> Database:
    """Nobody counts, and nothing was ever released."""
    await empty(database)
    async with database.session() as session:
        for table in ("post", "person", "subject"):
            await session.execute(sa.text(f"delete from {table}"))
    return database


async def release(database: Database, period: str = NOW, day: int = 1) -> None:
    async with database.session() as session:
        await rollup_releases.release(session, Due(period, date(2027, 1, day)))


async def released(database: Database, number: int, measure: str = "people") -> dict[str, tuple[int, int]]:
    """People and total of each unit of which a release shows the figure, at level I."""
    (row,) = await rows(database, sa.text(f"select * from release where number = {number}"))
    document = read(row["document"].encode(), row["digest"])
    return {
        cell.unit: (cell.people, cell.total)
        for cell in document.cells
        if (cell.measure, cell.level) == (measure, "I") and cell.people is not None and cell.total is not None
    }


async def numbers(database: Database) -> list[tuple[str, int]]:
    return [
        (row["period"], row["number"])
        for row in await rows(database, sa.text("select * from release order by 1, 2, 3"))
    ]


async def test_a_release_has_people_scores_and_those_below_target(nothing: Database):
    await take(nothing, *(fact(f"a{number}", "F1", 300 + number) for number in range(9)))
    await take(nothing, *(fact(f"b{number}", "F3", 450 if number < 6 else 350) for number in range(12)))
    await release(nothing)
    assert await released(nothing, 1) == {
        **dict.fromkeys(("N1", "D1", "F1"), (9, 9)), **dict.fromkeys(("N2", "D2", "F3"), (12, 12)), "N": (21, 21)
    }  # fmt: skip
    first = await released(nothing, 1, "VS")
    assert (first["F1"], first["F3"]) == ((9, 2736), (12, 6 * 450 + 6 * 350))
    # All of F1 are below: their district has nobody else, and beside F3's the country would tell of them.
    assert await released(nothing, 1, "below VS") == {"N": (21, 15)}
    assert await released(nothing, 1, "SC") == {}  # in which nobody is scored


async def test_a_release_waits_for_its_date(nothing: Database, clock):
    async def look() -> int:
        async with nothing.session() as session:
            return await rollup_releases.release_next(session)

    await crowd(nothing, "a", "F1", 9)
    assert await look() == 0
    clock.forward(days=31)
    assert [await look(), await look()] == [1, 0]
    assert await numbers(nothing) == [(NOW, 1)]
    clock.forward(days=31)
    assert [await look(), await look()] == [1, 0]  # looked at, and nobody changed
    assert await numbers(nothing) == [(NOW, 1)]
    await crowd(nothing, "b", "F1", 5)
    assert await look() == 0
    clock.forward(days=31)
    assert [await look(), await look()] == [1, 0]
    assert await numbers(nothing) == [(NOW, 1), (NOW, 2)]
    (row,) = await rows(nothing, sa.text("select * from release where number = 2"))
    assert row["corrects"] == 1


async def test_a_cell_in_which_few_changed_waits_and_so_does_a_unit_above(nothing: Database):
    await crowd(nothing, "a", "F1", 9)
    await crowd(nothing, "b", "F2", 9)
    await crowd(nothing, "c", "F3", 9)
    await release(nothing)
    await take(
        nothing, fact("a0", "F1", 500, at=1), *(fact(f"c{number}", "F3", 400, at=1) for number in range(6))
    )
    await release(nothing, day=2)
    found = await released(nothing, 2, "VS")
    assert (found.get("F1"), found.get("D1"), found.get("F2")) == (None, None, (9, 2700))
    assert found["F3"] == (9, 6 * 400 + 3 * 300)


async def test_a_backdated_assessment_is_in_the_next_release_of_its_period(nothing: Database):
    await take(nothing, *(fact(f"a{number}", "F1", period=CLOSED) for number in range(9)))
    await release(nothing, CLOSED)
    await take(nothing, *(fact(f"b{number}", "F1", period=CLOSED) for number in range(6)))
    await release(nothing, CLOSED, 2)
    assert ((await released(nothing, 1))["F1"], (await released(nothing, 2))["F1"]) == ((9, 9), (15, 15))


async def test_that_nobody_of_a_unit_with_posts_counts_is_not_shown(nothing: Database):
    """D1 has an office with one post: less its facilities the district would say that the holder is not in."""
    await crowd(nothing, "a", "F1", 9)
    await crowd(nothing, "b", "F2", 8)
    async with nothing.session() as session:
        await load_framework(session)
        await take_people(
            session, [person("officer", "D1"), person("clerk", "D1", role="no-profile", level="B")]
        )
    await release(nothing)
    found = await released(nothing, 1)
    assert ("D1" in found, "F1" in found, "F2" in found) == (True, True, False)
    listed = await rows(nothing, sa.text("select units, levels, staffed from release_forest"))
    where = set(zip(*(listed[0][name] for name in ("units", "levels", "staffed")), strict=True))
    assert ("D1", "I", True) in where
    assert ("D1", "B", False) in where


async def test_who_counted_is_read_back_as_it_was_judged(nothing: Database):
    await crowd(nothing, "a", "F1", 9)
    await release(nothing)
    await crowd(nothing, "b", "F2", 6)
    await release(nothing, day=2)
    async with nothing.session() as session:
        past = await release_store.past(session, released_cube.CUBE, NOW)
    assert [one.number for one in past.releases] == [1, 2]
    places = [(path[-1], first, last) for _, (_, path), first, last in past.members]
    assert places == [("F1", 1, None)] * 9 + [("F2", 2, None)] * 6
    assert {making.forest_digest(one) for one in past.forests} == {
        row["digest"] for row in await rows(nothing, sa.text("select digest from release_forest"))
    }


@pytest.mark.parametrize(
    "statement", ["update release set document = ''", "delete from release", "truncate release"]
)
async def test_the_database_refuses_to_change_a_release(nothing: Database, statement: str):
    await crowd(nothing, "a", "F1", 9)
    await release(nothing)
    with pytest.raises(sa.exc.DBAPIError, match="never changed"):
        async with nothing.session() as session:
            await session.execute(sa.text(statement))
    assert await numbers(nothing) == [(NOW, 1)]


async def test_killed_while_it_is_judged_nothing_is_stored_and_it_is_due_still(
    nothing: Database, clock, monkeypatch: pytest.MonkeyPatch
):
    await crowd(nothing, "a", "F1", 9)
    async with nothing.session() as session:
        await rollup_releases.release_next(session)
    clock.forward(days=31)

    def killed(*_: Any) -> None:
        raise asyncio.CancelledError

    with monkeypatch.context() as patch:
        patch.setattr(release_store, "_leave", killed)
        with pytest.raises(asyncio.CancelledError):
            async with nothing.session() as session:
                await rollup_releases.release_next(session)
    for table in TABLES[:-1]:
        assert await rows(nothing, sa.text(f"select * from {table}")) == []
    async with nothing.session() as session:
        assert await rollup_releases.release_next(session) == 1
    assert await numbers(nothing) == [(NOW, 1)]


async def test_people_are_counted_while_a_release_is_judged(
    nothing: Database, monkeypatch: pytest.MonkeyPatch
):
    await crowd(nothing, "a", "F1", 9)
    judge_all, begun, go_on = making.judge_all, asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def slowly(*arguments: Any) -> Any:
        loop.call_soon_threadsafe(begun.set)
        asyncio.run_coroutine_threadsafe(go_on.wait(), loop).result(30)
        return judge_all(*arguments)

    monkeypatch.setattr(making, "judge_all", slowly)
    releasing = asyncio.create_task(release(nothing))
    await asyncio.wait_for(begun.wait(), 30)
    await asyncio.wait_for(crowd(nothing, "late", "F1", 8), 30)
    go_on.set()
    await releasing
    assert (await released(nothing, 1))["F1"] == (9, 9)
