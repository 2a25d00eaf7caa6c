"""What an older version had published of plans becomes the first release, as far as its people are known."""

import asyncio
from typing import Any

import pytest

from services.planning.plan_totals.commands import first_plan_releases, publication
from shared.settings import Settings
from tests.conftest import Clock
from tests.planning.plan_totals.counting import NAMES, PERIOD, Planned, Region

pytestmark = pytest.mark.asyncio(loop_scope="module")
UNITS = {"C", "A", "A1"}
ALL = {"agreed": 9, "activities_due": 27, "activities_completed": 9, "hours": 90}


def fifteen(prefix: str, unit: str, **changes: Any) -> dict[str, Planned]:
    """Of six of them no plan is agreed."""
    nine = {f"{prefix}{number}": Planned(unit, **{"hours": (10,), **changes}) for number in range(9)}
    return nine | {f"{prefix}{number}": Planned(unit, agreed=False) for number in range(9, 15)}


def figures(item: dict[str, Any]) -> dict[str, int]:
    return {name: figure for name, figure in item["told"].items() if figure is not None}


async def releases(region: Region) -> list[tuple[str, str, int]]:
    return sorted(await region.rows("select cube, period, number from release"))


async def test_what_was_published_is_the_first_release(region: Region) -> None:
    """All fifteen plans were proposed, which a release never says: it would say so of each."""
    await region.publish_as_before(fifteen("p", "A1"))
    await region.upgraded()
    told = await region.told()
    assert told.keys() == UNITS
    for item in told.values():
        assert (item["people"], figures(item), item["version"]) == (15, ALL, 6 * 3 + 1)
    made = await releases(region)
    assert [(period, number) for _, period, number in made] == [(PERIOD, 1)] * 6


async def test_a_second_start_publishes_nothing_and_everything_can_be_sent_again(region: Region) -> None:
    await region.publish_as_before(fifteen("p", "A1"))
    await region.upgraded()
    told, made = await region.told(), await releases(region)
    await region.rows("delete from outbox")
    await region.plan({"late": Planned("A1", hours=(40,))})
    await region.upgraded()
    assert (await region.told(), await releases(region)) == ({}, made)
    async with region.database.session() as session:
        await publication.resend(session)
    assert await region.told() == told


async def test_replicas_that_start_together_make_it_once(region: Region) -> None:
    await region.publish_as_before(fifteen("p", "A1"))
    await asyncio.gather(*(region.upgraded() for _ in range(3)))
    assert [item["version"] for item in await region.sent()] == [19] * 3


async def test_an_instance_of_no_federation_has_none(region: Region) -> None:
    await region.publish_as_before(fifteen("p", "A1"))
    await first_plan_releases.begin(Settings(service="planning"))(region.database)
    assert (await region.told(), await releases(region)) == ({}, [])


async def test_who_changed_since_withholds_what_lies_above_and_nothing_beside(region: Region) -> None:
    """One has hours more, which the older version had not counted yet; somebody at A2 is new."""
    await region.publish_as_before(fifteen("p", "A1") | fifteen("q", "B1"))
    await region.plan({"p0": Planned("A1", hours=(10, 37))})
    await region.upgraded()
    told = await region.told()
    assert told.keys() == {"C", "A", "A1", "B", "B1"}
    assert (told["B"]["people"], figures(told["B"])) == (15, ALL)
    assert (told["A1"]["people"], figures(told["A1"])) == (15, {"agreed": 9})
    assert (told["C"]["people"], figures(told["C"])) == (30, {"agreed": 18})
    assert sum(item["told"]["hours"] or 0 for item in await region.sent()) == 2 * 90


async def test_somebody_new_withholds_all_of_the_unit(region: Region) -> None:
    await region.publish_as_before(fifteen("p", "A1") | fifteen("q", "B1"))
    await region.plan({"late": Planned("A1")})
    await region.upgraded()
    assert (await region.told()).keys() == {"B", "B1"}


@pytest.mark.parametrize(("edition", "hours"), [(7, 90), (8, None)])
async def test_a_change_that_a_unit_did_not_tell_withholds_its_figure(
    region: Region, edition: int, hours: int | None
) -> None:
    """Every total moved last in edition 7 and has the changes of that one."""
    await region.publish_as_before(fifteen("p", "A1"))
    await region.changed_before("p0", "hours", edition, "A1")
    await region.upgraded()
    for item in (await region.told()).values():
        assert (item["people"], item["told"]["hours"], item["told"]["agreed"]) == (15, hours, 9)


async def test_who_was_elsewhere_before_withholds_both_places(region: Region) -> None:
    await region.publish_as_before(fifteen("p", "A1") | fifteen("q", "B1"))
    await region.changed_before("p0", "", 8, "B1")
    await region.upgraded()
    assert await region.told() == {}


@pytest.mark.parametrize(("given_up", "closed", "completed"), [(5, 14, 9), (4, None, None)])
async def test_plans_closed_are_in_it_where_those_completed_were_told(
    region: Region, given_up: int, closed: int | None, completed: int | None
) -> None:
    """Of four that were given up only the sum was told, and it is not known any more without its parts."""
    others = {f"x{number}": Planned("A1", outcome="abandoned") for number in range(given_up)}
    await region.publish_as_before(fifteen("p", "A1", outcome="completed") | others)
    await region.upgraded()
    for item in (await region.told()).values():
        assert (item["told"]["closed"], item["told"]["completed"]) == (closed, completed)


async def test_a_quarter_that_is_over_stays_in_the_tree_it_had(region: Region, clock: Clock) -> None:
    await region.publish_as_before(fifteen("p", "A1") | fifteen("q", "B1"))
    await region.rows("update unit set path = '{C,B,A1}', parent = 'B' where unit_code = 'A1'")
    clock.forward(days=60)
    await region.upgraded()
    told = await region.told()
    assert {code: item["people"] for code, item in told.items()} == {
        "C": 30, **dict.fromkeys(("A", "A1", "B", "B1"), 15)
    }  # fmt: skip


async def test_a_unit_that_moved_in_the_running_quarter_withholds_both_places(region: Region) -> None:
    await region.publish_as_before(fifteen("p", "A1") | fifteen("q", "B1"))
    await region.rows("update unit set path = '{C,B,A1}', parent = 'B' where unit_code = 'A1'")
    await region.upgraded()
    assert (await region.told()).keys() == {"B1"}


async def test_the_next_release_is_judged_beside_it_and_has_later_versions(region: Region) -> None:
    """Two of A1 spent more hours; ten people came to B1, of whom five spent any."""
    await region.publish_as_before(fifteen("p", "A1") | fifteen("q", "B1"))
    await region.changed_before("p0", "", 8, "A1")  # so that no number of people of A1 is known
    await region.upgraded()
    assert (await region.told()).keys() == {"B", "B1"}
    new = {f"r{number}": Planned("B1", agreed=number < 5, hours=(20,) * (number < 5)) for number in range(10)}
    await region.change(new | {f"q{number}": Planned("B1", hours=(10, 1)) for number in range(2)})
    told = await region.told()
    assert {code: (item["version"], item["people"], item["told"]["hours"]) for code, item in told.items()} == {
        **dict.fromkeys(("B", "B1"), (20, 25, 192)), **dict.fromkeys(("A", "A1"), (19, 15, 90)),
        "C": (19, 40, 282),
    }  # fmt: skip
    assert dict.fromkeys(NAMES).keys() == told["C"]["told"].keys()
