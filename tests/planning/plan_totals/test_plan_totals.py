"""Totals of plans as they go up: each figure is of people of its own, and tells of nobody alone."""

import random
from datetime import UTC, datetime
from typing import Any

import pytest

from services.planning.plan_totals.commands import plan_cubes, plan_releases, publication
from shared import clock
from shared.suppression import small
from tests.conftest import Clock
from tests.planning.plan_totals import counting
from tests.planning.plan_totals.counting import FIGURES, NAMES, OFFICER, PERIOD, TREE, Planned, Region
from tests.remembering import Reader, Shares

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.slow(150)]


def nine(**changes: Any) -> dict[str, Planned]:
    return {f"p{number}": Planned("A1", **changes) for number in range(9)}


def six(**changes: Any) -> dict[str, Planned]:
    """Beside whom it is not told of each of the nine that a plan was agreed."""
    return {f"q{number}": Planned("A1", **{"agreed": False, **changes}) for number in range(6)}


async def test_a_quarter_ends_with_the_instances_day(region: Region, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half past midnight on 1 January in Nairobi is still last year in UTC."""
    monkeypatch.setattr(counting, "DAY", datetime(2026, 12, 31, 21, 30, tzinfo=UTC))
    clock.set_zone("Africa/Nairobi")
    try:
        await region.change(nine(open=0))
    finally:
        clock.set_zone("UTC")
    assert {item["period"] for item in (await region.told()).values()} == {"2027Q1"}


async def test_one_persons_hours_are_not_told(region: Region) -> None:
    await region.change(nine() | six() | {"p0": Planned("A1", hours=(37,))})
    told = await region.told()
    assert told.keys() == {"C", "A", "A1"}
    for item in told.values():
        assert (item["people"], item["figures"], item["suppressed"]) == (15, None, False)
        assert item["told"] == dict.fromkeys(NAMES) | {"agreed": 9, "activities_due": 19}


async def test_a_figure_waits_for_five_of_its_own_people(region: Region) -> None:
    await region.change(nine(hours=(10,)) | six())
    assert (await region.told())["C"]["told"]["hours"] == 90
    # Twelve people more have plans, and one of them and one of the nine spent hours.
    more = {f"r{number}": Planned("A1", agreed=number < 6) for number in range(12)}
    await region.change(more | {"r0": Planned("A1", hours=(5,)), "p0": Planned("A1", hours=(10, 37))})
    item = (await region.told())["C"]
    assert (item["people"], item["told"]["agreed"]) == (27, 15)
    # Of activities thirteen people could have completed some, whom nobody knows; nobody else spends hours.
    assert (item["told"]["hours"], item["told"]["activities_completed"]) == (90, 11)
    await region.change({f"p{number}": Planned("A1", hours=(20,)) for number in range(1, 4)})
    item = (await region.told())["C"]
    assert (item["told"]["hours"], item["told"]["activities_completed"]) == (90 + 5 + 37 + 30, 11)


async def test_one_plan_that_was_not_completed_is_not_told_by_the_others(region: Region) -> None:
    await region.change(nine(outcome="completed") | six() | {"p0": Planned("A1", outcome="abandoned")})
    told = (await region.told())["C"]["told"]
    assert (told["closed"], told["completed"]) == (None, 8)
    await region.change({f"r{number}": Planned("A1", outcome="abandoned") for number in range(5)})
    told = (await region.told())["C"]["told"]
    assert (told["closed"], told["completed"]) == (14, 8)


async def test_a_unit_with_few_people_is_not_named(region: Region) -> None:
    """Nor is A1, beside which it would be told; also when everything is sent again."""
    await region.change({"p0": Planned("A2"), **{f"q{number}": Planned("A1") for number in range(9)}})
    await region.change({"p0": Planned("A2", outcome="completed", hours=(8,))})
    assert (await region.told()).keys() == {"C", "A"}
    async with region.database.session() as session:
        await publication.resend(session)
    assert (await region.told()).keys() == {"C", "A"}


async def test_a_release_sends_a_total_once_and_versions_rise_with_what_is_told(region: Region) -> None:
    await region.change(nine() | six())
    await region.change(nine(hours=(8, 8), outcome="completed"))
    await region.change({})
    await region.change(nine(hours=(8, 9), outcome="completed"))
    said = [item for item in await region.sent() if item["unit_code"] == "C"]
    assert [item["version"] for item in said] == [1, 2, 3]
    assert [item["told"]["hours"] for item in said] == [None, 144, 153]


async def test_what_is_sent_again_has_the_same_versions(region: Region) -> None:
    await region.change(nine() | {"p0": Planned("A1", hours=(8,)), "s": Planned("B1")})
    await region.change(nine(hours=(7,)))
    told = await region.told()
    await region.rows("delete from outbox")
    async with region.database.session() as session:
        await publication.resend(session)
    assert await region.told() == told


async def test_a_release_has_people_with_plans_and_what_they_add_up_to(region: Region) -> None:
    """All of A1's plans were agreed, which beside those of B1 the country would say; nobody of B1 spent hours."""
    await region.plan({f"p{number}": Planned("A1", hours=(5,)) for number in range(12)})
    await region.plan({f"q{number}": Planned("B1", agreed=number < 6) for number in range(12)})
    await region.release()
    both = dict.fromkeys(("A", "A1", "B", "B1"), (12, 12)) | {"C": (24, 24)}
    assert await region.released("people") == both
    assert await region.released("agreed") == {"C": (24, 18)}
    due = await region.released("activities_due")
    assert (due["A1"], due["B1"], due["C"]) == ((12, 36), (12, 12), (24, 48))
    assert await region.released("hours") == {"C": (24, 60)}
    assert await region.released("completed") == {}


async def test_a_figure_in_which_few_changed_waits_and_the_others_do_not(region: Region) -> None:
    """Five people have hours more; one has an activity less that was due."""
    await region.plan({f"p{number}": Planned("A1", hours=(5,)) for number in range(12)})
    await region.release()
    await region.plan({f"p{number}": Planned("A1", hours=(8,)) for number in range(5)})
    await region.plan({"p9": Planned("A1", hours=(5,), open=1)})
    await region.release(day=2)
    assert (await region.released("hours", 2))["A1"] == (12, 5 * 8 + 7 * 5)
    assert await region.released("activities_due", 2) == {}
    assert {name for (name,) in await region.rows("select cube from release where number = 2")} == {
        "hours spent",
        "activities due",
    }


async def test_a_quarter_that_is_over_is_released_in_the_tree_it_had(
    region: Region, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A2, where somebody has a post and nobody counts, has a cell, so that A1 is not shown beside it."""
    await region.rows(OFFICER)
    monkeypatch.setattr(counting, "DAY", datetime(2026, 8, 2, tzinfo=UTC))
    await region.plan(nine())
    await region.release("2026Q3")
    await region.rows("update unit set path = '{C,B,A1}', parent = 'B' where unit_code = 'A1'")
    await region.plan({f"q{number}": Planned("A1") for number in range(5)})
    await region.release("2026Q3", 2)
    assert await region.released("people", 2) == {"C": (14, 14), "A": (14, 14)}
    ((units,),) = await region.rows("select units from release_forest")
    assert set(units) == {"C", "A", "A1", "A2"}  # and one forest for both


async def test_a_release_of_plans_waits_for_its_date(region: Region, clock: Clock) -> None:
    async def look() -> int:
        async with region.database.session() as session:
            return await plan_releases.release_next(session)

    await region.plan(nine())
    assert await look() == 0
    clock.forward(days=31)
    assert [await look(), await look()] == [1, 0]
    made = await region.rows("select distinct cube, period, number from release")
    assert {(row["period"], row["number"]) for row in made} == {(PERIOD, 1)}
    assert {row["cube"] for row in made} == set(plan_cubes.CUBES)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("seed", range(5))
async def test_a_hub_that_remembers_everything_learns_of_no_fewer_than_five(
    region: Region, seed: int
) -> None:
    chance = random.Random(seed)
    readers = {name: Reader(TREE) for name in FIGURES}
    seen: dict[tuple[str, str], int] = {}
    for _ in range(25):
        batch = (f"p{chance.randrange(60)}" for _ in range(chance.choice([1, 2, 5, 9, 14])))
        await region.change({who: planned(chance) for who in batch})
        await look(region, readers, seen)
    assert sum(bool(reader.seen["C"]) for reader in readers.values()) >= 6  # of eight figures
    said = await region.sent()
    assert not [item for item in said if any(map(small, known(item).values()))]
    by_version = {(item["unit_code"], item["version"]): item for item in said}
    assert len(by_version) == len(said)  # none twice


async def look(region: Region, readers: dict[str, Reader], seen: dict[tuple[str, str], int]) -> None:
    """What is shown anew tells of nobody, and goes up as the sum of what is so now."""
    told = await region.told()
    fresh: dict[str, dict[str, Shares]] = {name: {} for name in FIGURES}
    for code, numbers in await region.rows("select unit_code, releases from plan_total"):
        for name, number in zip(FIGURES, numbers, strict=True):
            if number != seen.get((code, name), 0):
                seen[code, name] = number
                fresh[name][code] = region.counting(code, name)
    for name, reader in readers.items():
        reader.look(fresh[name])
    for code in TREE:
        shown = {
            name: sum(figure for _, figure in reader.seen[code][-1])
            for name, reader in readers.items()
            if reader.seen[code]
        }
        if {"completed", "closed otherwise"} <= shown.keys():
            shown["closed"] = shown["completed"] + shown["closed otherwise"]
        shown.pop("closed otherwise", None)
        assert (known(told[code]) if code in told else {}) == shown, code


def known(item: dict[str, Any]) -> dict[str, int]:
    """The figures that an item tells, people among them."""
    figures = {"people": item["people"], **item["told"]}
    return {name: figure for name, figure in figures.items() if figure is not None}


def planned(chance: random.Random) -> Planned:
    """At the same unit as often as not at another, further on or as it was."""
    hours = tuple(chance.randrange(40) for _ in range(chance.choice([0, 0, 1, 2])))
    agreed = bool(hours) or chance.random() < 0.8
    outcome = chance.choice([None, "completed", "abandoned"]) if agreed else None
    unit = chance.choice(["A1", "A1", "A2", "A3", "B1", "B2", "A"])
    return Planned(unit, agreed, outcome, hours, earlier=agreed and chance.random() < 0.4)
