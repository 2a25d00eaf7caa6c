"""A hub's view of a region's units, a level at a time, with their headcounts as they came."""

import random
from collections.abc import AsyncIterator, Iterable
from datetime import date
from typing import Any

import pytest
import pytest_asyncio

from shared.events.registry import Headcount, HeadcountsComputed, UnitsChanged, UnitState
from tests.federated import AS_ADMIN, Regions, regions_of_hub
from tests.registry.builders import plant
from tests.served import Client, application
from tests.servers import wait_for

pytestmark = pytest.mark.asyncio(loop_scope="module")
URL = "/v1/national/units"
DAY = date(2026, 11, 23)
DISTRICTS = 5
FACILITIES = 230  # in the first district: more than the longest page


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def regions(nats_url: str) -> AsyncIterator[Regions]:
    async with regions_of_hub(nats_url, "registry") as found:
        yield found


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def hub(settings, serve, token, regions: Regions) -> AsyncIterator[Client]:
    client = await serve(application(settings("registry", federation="hub", **AS_ADMIN)))
    await plant(client.using(token("hris", units=("SL",))))
    yield client.using(token("programme-manager", units=("SL",)))


def state(code: str, parent: str | None, version: int = 1, **values: Any) -> UnitState:
    given = {"level": "facility", "type": "Clinic", "open_from": date(2000, 1, 1)} | values
    return UnitState(unit_code=code, parent=parent, version=version, **given)


def tree(top: str) -> list[UnitState]:
    districts = [f"{top}-{at}" for at in range(DISTRICTS)]
    return [
        state(top, None, level="region", type="Region"),
        *(state(code, top, level="district", type="District") for code in districts),
        *(state(f"{top}-0-{at:04}", districts[0]) for at in range(FACILITIES)),
    ]


def headcount(code: str, level: str, people: int | None, version: int = 1) -> Headcount:
    women = None if people is None else people // 2
    return Headcount(
        unit_code=code, level=level, version=version, people=people, women=women, as_of=DAY,
        suppressed=people is None,
    )  # fmt: skip


async def said(regions: Regions, region: str, units: Iterable[UnitState], epoch: int = 1) -> None:
    """The units in any order, in messages of a hundred."""
    every = list(units)
    random.Random(4).shuffle(every)
    for at in range(0, len(every), 100):
        await regions.publish(region, UnitsChanged(items=every[at : at + 100]), epoch=epoch)


async def below(hub: Client, region: str, parent: str | None = None, **params: Any) -> Any:
    asked = {"region": region} | ({"parent": parent} if parent else {}) | params
    return (await hub.get(URL, params=asked)).json


async def every(hub: Client, region: str, parent: str | None, limit: int) -> list[dict[str, Any]]:
    """All pages, one after the other."""
    found: list[dict[str, Any]] = []
    more: dict[str, str] = {}
    while True:
        one = await below(hub, region, parent, limit=limit, **more)
        assert len(one["items"]) <= limit
        found += one["items"]
        if one["next"] is None:
            return found
        more = {"cursor": one["next"]}


async def known(hub: Client, region: str, parent: str | None, count: int) -> list[dict[str, Any]]:
    async def all_there() -> list[dict[str, Any]] | None:
        if (await hub.get(URL, params={"region": region, "limit": 1})).status != 200:
            return None
        if parent and (await hub.get(URL, params={"region": region, "parent": parent})).status != 200:
            return None
        found = await every(hub, region, parent, 200)
        return found if len(found) == count else None

    return await wait_for(all_there)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def two(hub: Client, regions: Regions) -> None:
    """Two regions of whose units some have the same codes."""
    await said(regions, "south", tree("TOP"))
    await said(regions, "east", tree("TOP")[: 1 + DISTRICTS])
    await known(hub, "south", "TOP-0", FACILITIES)
    await known(hub, "south", "TOP", DISTRICTS)
    await known(hub, "east", "TOP", DISTRICTS)


async def test_a_region_is_read_a_level_at_a_time(hub: Client, two: None) -> None:
    assert await below(hub, "south") == {
        "items": [
            {
                "region": "south", "unit_code": "TOP", "name": None, "parent": None, "level": "region",
                "type": "Region", "closed_on": None, "epoch": 1, "version": 1, "headcounts": [],
            }
        ],
        "next": None,
    }  # fmt: skip
    districts = (await below(hub, "south", "TOP"))["items"]
    assert [each["unit_code"] for each in districts] == [f"TOP-{at}" for at in range(DISTRICTS)]
    assert {each["parent"] for each in districts} == {"TOP"}
    assert await below(hub, "south", "TOP-0-0000") == {"items": [], "next": None}


@pytest.mark.parametrize("limit", [1, 7, 115, 200])
async def test_pages_hold_every_unit_once(hub: Client, two: None, limit: int) -> None:
    wanted = [f"TOP-0-{at:04}" for at in range(FACILITIES)]
    assert [each["unit_code"] for each in await every(hub, "south", "TOP-0", limit)] == wanted


async def test_regions_with_the_same_codes_stand_apart(hub: Client, two: None) -> None:
    east = await below(hub, "east", "TOP")
    assert {each["region"] for each in east["items"]} == {"east"}
    assert await below(hub, "east", "TOP-0") == {"items": [], "next": None}


async def test_headcounts_are_shown_as_they_came(hub: Client, regions: Regions, two: None) -> None:
    items = [
        headcount("TOP-0", "A", None), headcount("TOP-0", "B", 40), headcount("TOP-1", "B", 12, 4),
        headcount("TOP", "B", 70),
    ]  # fmt: skip
    await regions.publish("south", HeadcountsComputed(items=items))
    await regions.publish("east", HeadcountsComputed(items=[headcount("TOP-0", "B", 99)]))

    async def there() -> dict[str, list[dict[str, Any]]] | None:
        both = (await below(hub, "south", "TOP"))["items"], (await below(hub, "east", "TOP"))["items"]
        south, east = ({each["unit_code"]: each["headcounts"] for each in items} for items in both)
        return south if south["TOP-1"] and east["TOP-0"] else None

    found = await wait_for(there)
    of = {"version": 1, "epoch": 1, "as_of": "2026-11-23"}
    assert found["TOP-0"] == [
        {"level": "B", "people": 40, "women": 20, "suppressed": False, **of},
    ]  # A came without a figure, and is not listed
    assert [each["version"] for each in found["TOP-1"]] == [4]
    assert found["TOP-2"] == []


async def test_closed_units_stay_and_moved_ones_move(hub: Client, regions: Regions, two: None) -> None:
    moved = state("MOVING", "TOP-3", 2)
    await said(regions, "south", [state("MOVING", "TOP-2"), state("CLOSING", "TOP-3")])
    await known(hub, "south", "TOP-2", 1)
    await said(regions, "south", [moved, state("CLOSING", "TOP-3", 2, closed_on=DAY, type="Post")])
    await said(regions, "south", [state("MOVING", "TOP-2", 1), state("CLOSING", "TOP-3", 1)])

    async def there() -> dict[str, dict[str, Any]] | None:
        found = {each["unit_code"]: each for each in (await below(hub, "south", "TOP-3"))["items"]}
        return found if "MOVING" in found and found["CLOSING"]["version"] == 2 else None

    closing = (await wait_for(there))["CLOSING"]
    assert (closing["closed_on"], closing["type"]) == ("2026-11-23", "Post")
    assert (await below(hub, "south", "TOP-2"))["items"] == []


async def test_a_unit_has_the_name_that_its_region_says(hub: Client, regions: Regions, two: None) -> None:
    """Of a region that does not say names yet it has none, then that of the version that says it."""
    await said(regions, "south", [state("NAMED", "TOP-4", 3)])
    (unnamed,) = await known(hub, "south", "TOP-4", 1)
    assert unnamed["name"] is None
    await said(regions, "south", [state("NAMED", "TOP-4", 4, name="Makeni")])
    await said(regions, "south", [state("NAMED", "TOP-4", 3, name="Earlier")])

    async def there() -> bool:
        (one,) = (await below(hub, "south", "TOP-4"))["items"]
        return (one["name"], one["version"]) == ("Makeni", 4)

    await wait_for(there)


async def test_after_a_restoration_only_the_new_epoch_counts(hub: Client, regions: Regions) -> None:
    await said(regions, "west", [state("W", None), state("W-1", "W", 9), state("LOST", "W")])
    await known(hub, "west", "W", 2)
    await said(regions, "west", [state("W", None), state("W-1", "W", 2)], epoch=2)
    await said(regions, "west", [state("LATE", "W", 10)])
    (one,) = await known(hub, "west", "W", 1)
    assert (one["unit_code"], one["epoch"], one["version"]) == ("W-1", 2, 2)
    lost = await hub.get(URL, params={"region": "west", "parent": "LOST"})
    assert (lost.status, lost.code) == (404, "unit-unknown")


async def test_what_is_not_known_is_named(hub: Client, two: None) -> None:
    async def refused(**params: str) -> tuple[int, str, list[str]]:
        answer = await hub.get(URL, params=params)
        return answer.status, answer.code, [error["pointer"] for error in answer.json["errors"]]

    assert await refused(region="nowhere") == (404, "region-unknown", ["/query/region"])
    assert await refused(region="nowhere", parent="TOP") == (404, "region-unknown", ["/query/region"])
    assert await refused(region="east", parent="TOP-0-0000") == (404, "unit-unknown", ["/query/parent"])
    assert await refused() == (422, "input-invalid", ["/query/region"])
    assert await refused(region="south", cursor="x") == (422, "cursor-malformed", ["/query/cursor"])


async def test_who_may_read_it(hub: Client, token, two: None) -> None:
    def read(*roles: str, unit: str = "SL"):
        return hub.using(token(*roles, units=(unit,))).get(URL, params={"region": "south"})

    assert (await read("ops")).status == 200
    assert (await read("hris")).code == "role-missing"
    assert (await read("programme-manager", unit="SL-E")).code == "unit-out-of-scope"


async def test_elsewhere_there_is_no_hub(settings, serve, token) -> None:
    client = await serve(application(settings("registry")))
    answer = await client.using(token("ops", units=("SL",))).get(URL, params={"region": "south"})
    assert (answer.status, answer.code) == (404, "not-a-hub")
