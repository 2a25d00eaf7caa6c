"""A hub's view of the plans of a region's units, a level at a time, as the region published them."""

from collections.abc import AsyncIterator
from datetime import date
from functools import partial
from typing import Any

import pytest
import pytest_asyncio

from services.planning.plan_totals.commands.plan_facts import FIGURES_BY_CUBE
from shared.disclosure.document import Cell, Release
from shared.events.planning import PlanTotal, ToldFigures, TotalsComputed
from shared.events.registry import UnitsChanged, UnitState
from shared.events.release_parts import PlanReleasePublished
from shared.releases import document_events
from tests.federated import AS_ADMIN, Regions, regions_of_hub
from tests.served import Client, application
from tests.servers import INSTANCE, wait_for

pytestmark = pytest.mark.asyncio(loop_scope="module")
URL = "/v1/national/plans/units"
ASKED = {"period": "2026Q4"}
ROOT = INSTANCE.upper()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def regions(nats_url: str) -> AsyncIterator[Regions]:
    """A region of three units, and another one of which one has the same code."""
    async with regions_of_hub(nats_url, "planning") as found:
        await found.publish("south", UnitsChanged(items=[
            unit("S", None, name="South"), unit("S-1", "S", name="First District"), unit("S-2", "S"),
        ]))  # fmt: skip
        await found.publish("east", UnitsChanged(items=[unit("E", None), unit("S-1", "E")]))
        yield found


def unit(code: str, parent: str | None, **values: Any) -> UnitState:
    return UnitState(
        unit_code=code, parent=parent, version=3, level="district", type="District",
        open_from=date(2000, 1, 1), **values,
    )  # fmt: skip


async def below(hub: Client, region: str, parent: str | None = None, **params: str) -> dict[str, Any]:
    """The field `plans` of each unit."""
    asked = {**ASKED, "region": region, **({"parent": parent} if parent else {}), **params}
    answer = await hub.get(URL, params=asked)
    assert answer.status == 200, answer.json
    return {one["unit_code"]: one["plans"] for one in answer.json["items"]}


async def refused(hub: Client, **params: str) -> tuple[int, str]:
    answer = await hub.get(URL, params={**ASKED, **params})
    return answer.status, answer.code


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def hub(settings: Any, serve: Any, token: Any, regions: Regions) -> Client:
    client = await serve(application(settings("planning", federation="hub", **AS_ADMIN)))
    await regions.publish(INSTANCE, UnitsChanged(items=[unit(ROOT, None)]))  # its own
    manager: Client = client.using(token("programme-manager", units=(ROOT,)))
    await wait_for(partial(knows, manager))
    return manager


async def knows(hub: Client) -> bool:
    """Whether the hub has its own unit and those of both regions."""
    answers = [await hub.get(URL, params={**ASKED, "region": region}) for region in ("south", "east")]
    return all(answer.status == 200 and answer.json["items"] for answer in answers)


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

    async def there() -> bool:
        both = (await below(hub, "south", "S"))["S-1"], (await below(hub, "east", "E"))["S-1"]
        return None not in both

    await wait_for(there)


async def test_units_below_a_parent_have_names_and_what_was_published_of_them(
    hub: Client, settled: None
) -> None:
    answer = (await hub.get(URL, params={**ASKED, "region": "south", "parent": "S"})).json
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
        answer = await hub.get(URL, params={**ASKED, "region": "west", "parent": "W"})
        found = {one["unit_code"]: one["plans"] for one in answer.json.get("items", [])}
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
    assert (await below(hub, "south"))["S"]["people"] == 30
    assert (await below(hub, "south", "S", period="2026Q3"))["S-1"]["people"] == 12
    assert (await below(hub, "east", "E"))["S-1"]["people"] == 99


async def test_what_is_not_known_is_refused(hub: Client, settled: None) -> None:
    assert await refused(hub, region="nowhere") == (404, "region-unknown")
    assert await refused(hub, region="east", parent="S-2") == (404, "unit-unknown")
    assert await refused(hub) == (422, "input-invalid")
    assert await refused(hub, region="south", period="2026") == (422, "period-malformed")


async def test_who_may_read_it(hub: Client, token: Any, settled: None) -> None:
    def asking(*roles: str, unit: str = ROOT) -> Client:
        return hub.using(token(*roles, units=(unit,)))

    assert await below(asking("ops"), "south")
    assert await refused(asking("hris"), region="south") == (403, "role-missing")
    assert await refused(asking("programme-manager", unit="S"), region="south") == (403, "unit-out-of-scope")


async def test_elsewhere_there_is_no_hub(settings: Any, serve: Any, token: Any) -> None:
    client = (await serve(application(settings("planning")))).using(token("ops", units=(ROOT,)))
    assert await refused(client, region="south") == (404, "not-a-hub")
