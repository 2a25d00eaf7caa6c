"""A hub's view of the plans of a region's units, a level at a time, as the region published them."""

from datetime import date
from typing import Any

import pytest
import pytest_asyncio

from services.planning.plan_totals.commands.plan_facts import FIGURES_BY_CUBE
from shared.disclosure.document import Cell, Release
from shared.events.planning import PlanTotal, ToldFigures, TotalsComputed
from shared.events.registry import UnitsChanged
from shared.events.release_parts import PlanReleasePublished
from shared.releases import document_events
from tests.federated import Regions
from tests.served import Client
from tests.servers import wait_for
from tests.units_of_regions import View, unit

pytestmark = pytest.mark.asyncio(loop_scope="module")
VIEW = View("planning", "/v1/national/plans/units", {"period": "2026Q4"}, "plans")
regions, hub = VIEW.fixtures()


def total(code: str, people: int | None, period: str = "2026Q4") -> PlanTotal:
    """Of people with plans how many were proposed, and nothing else."""
    return PlanTotal(
        unit_code=code, period=period, version=7, people=people, figures=None, suppressed=people is None,
        told=ToldFigures(proposed=people),
    )  # fmt: skip


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def settled(hub: Client, regions: Regions) -> None:
    """South published its top and one district, another quarter of it, and one of few."""
    await regions.publish("east", TotalsComputed(items=[total("S-1", 99)]))
    await regions.publish("south", TotalsComputed(items=[
        total("S-1", 12, "2026Q3"), total("S-2", None), total("S", 30), total("S-1", 20),
    ]))  # fmt: skip
    await VIEW.settled(hub)


async def test_units_below_a_parent_have_names_and_what_was_published_of_them(
    hub: Client, settled: None
) -> None:
    answer = await VIEW.page(hub, "south", "S")
    first, second = answer["items"]
    assert first == {
        "region": "south", "unit_code": "S-1", "name": "First District", "parent": "S", "level": "district",
        "type": "District", "closed_on": None, "epoch": 1, "version": 3,
        "plans": {
            "people": 20, "proposed": 20, "agreed": None, "closed": None, "completed": None,
            "activities_due": None, "activities_completed": None, "hours": None, "version": 7, "epoch": 1,
            "as_of": None, "suppressed": False,
        },
    }  # fmt: skip
    assert (second["unit_code"], second["name"], second["plans"]) == ("S-2", None, None)
    assert answer["next"] is None


async def test_plans_closed_are_shown_where_a_release_shows_both_parts(
    hub: Client, regions: Regions, settled: None
) -> None:
    """West sends whole releases; of W-2 it withholds the plans that were closed otherwise."""
    cells = {
        name: [Cell("W-1", "", name, 20, 8), Cell("W-2", "", name, *((None, None) if withheld else (20, 9)))]
        for name, withheld in (("completed", False), ("closed otherwise", True))
    }
    await regions.publish("west", UnitsChanged(items=[unit("W", None), unit("W-1", "W"), unit("W-2", "W")]))
    for cube, names in FIGURES_BY_CUBE.items():
        own = tuple(sorted(cell for name in names for cell in cells.get(name, [])))
        release = Release(cube, "2026Q4", date(2026, 11, 1), 1, None, own)
        of = (release.cube, release.period, release.number, release.as_of, release.digest)
        for event in document_events.events(PlanReleasePublished, of, release.canonical()):
            await regions.publish("west", event)

    async def there() -> dict[str, Any] | None:
        found = await VIEW.so_far(hub, "west", "W")
        closed = found.get("W-1") and found["W-1"]["closed"]
        return found if closed and found["W-2"] else None

    found = await wait_for(there)
    assert [found["W-1"][name] for name in ("people", "completed", "closed", "hours")] == [None, 8, 16, None]
    assert [found["W-2"][name] for name in ("people", "completed", "closed", "hours")] == [
        None,
        9,
        None,
        None,
    ]


async def test_quarters_and_regions_stand_apart(hub: Client, settled: None) -> None:
    assert (await VIEW.below(hub, "south"))["S"]["people"] == 30
    assert (await VIEW.below(hub, "south", "S", period="2026Q3"))["S-1"]["people"] == 12
    assert (await VIEW.below(hub, "east", "E"))["S-1"]["people"] == 99


async def test_what_is_not_known_is_refused(hub: Client, settled: None) -> None:
    await VIEW.refuses_what_is_not_known(hub)


async def test_who_may_read_it(hub: Client, token: Any, settled: None) -> None:
    await VIEW.is_for_readers_of_the_country(hub, token)


async def test_elsewhere_there_is_no_hub(settings: Any, serve: Any, token: Any) -> None:
    await VIEW.is_of_a_hub_alone(settings, serve, token)
