"""A hub's headcounts: sums of what regions published, whatever came twice, late or from before a restoration."""

from collections.abc import AsyncIterator
from datetime import date

import pytest
import pytest_asyncio

from shared.events.registry import Headcount, HeadcountsComputed, UnitsChanged, UnitState
from tests.federated import AS_ADMIN, TRACE, Regions, regions_of_hub
from tests.registry.builders import plant
from tests.served import Client, application
from tests.servers import wait_for

pytestmark = pytest.mark.asyncio(loop_scope="module")
URL = "/v1/national/headcounts"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def hub(settings, serve, token, regions: Regions) -> AsyncIterator[Client]:
    client = await serve(application(settings("registry", federation="hub", **AS_ADMIN)))
    await plant(client.using(token("hris", units=("SL",))))
    yield client.using(token("programme-manager", units=("SL",)))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def regions(nats_url: str) -> AsyncIterator[Regions]:
    async with regions_of_hub(nats_url, "registry") as found:
        for region in ("south", "east"):
            top = UnitState(
                unit_code=region.upper(), version=1, level="region", type="x", open_from=date(2000, 1, 1)
            )
            await found.publish(region, UnitsChanged(items=[top]))
        yield found


def counted(region: str, version: int, people: int | None, women: int | None = None) -> HeadcountsComputed:
    item = Headcount(
        unit_code=region.upper(), level="B", version=version, people=people, women=women,
        as_of=date(2026, 11, 23), suppressed=people is None,
    )  # fmt: skip
    return HeadcountsComputed(items=[item])


async def reached(hub: Client, **national: int | None) -> dict:
    async def same() -> dict | None:
        found = (await hub.get(URL, params={"level": "B"})).json
        return found if found["national"] == national else None

    return await wait_for(same)


async def test_national_headcounts_are_the_sum_of_what_regions_published(
    hub: Client, regions: Regions
) -> None:
    await regions.publish("south", counted("south", 1, 30, 10))
    await regions.publish("east", counted("east", 4, 12, 11))
    found = await reached(hub, people=42, women=21, regions=2, suppressed=0)
    east = found["regions"][0]
    assert east.pop("received_at")
    assert east == {
        "region": "east", "people": 12, "women": 11, "version": 4, "epoch": 1, "as_of": "2026-11-23",
        "trace_id": TRACE, "suppressed": False,
    }  # fmt: skip


async def test_repeats_old_news_and_other_epochs(hub: Client, regions: Regions) -> None:
    again = await regions.publish("south", counted("south", 3, 40, 20))
    await regions.publish("south", counted("south", 3, 40, 20), event_id=again)
    await regions.publish("south", counted("south", 2, 99, 99))
    await regions.publish("east", counted("east", 1, 7, 6), epoch=2)
    await regions.publish("east", counted("east", 9, 99, 99))
    await regions.publish("south", counted("south", 4, 41, 20))
    await reached(hub, people=48, women=26, regions=2, suppressed=0)


async def test_a_region_without_a_figure_reads_as_one_that_published_nothing(
    hub: Client, regions: Regions
) -> None:
    await regions.publish("east", counted("east", 2, None), epoch=2)
    found = await reached(hub, people=41, women=20, regions=1, suppressed=0)
    assert [one["region"] for one in found["regions"]] == ["south"]


async def test_levels_stand_apart_and_nothing_published_is_no_figure(hub: Client) -> None:
    found = (await hub.get(URL, params={"level": "A"})).json
    assert found == {
        "national": {"people": None, "women": None, "regions": 0, "suppressed": 0},
        "regions": [],
    }


async def test_who_may_read_it(hub: Client, token) -> None:
    def read(*roles: str, unit: str = "SL"):
        return hub.using(token(*roles, units=(unit,))).get(URL, params={"level": "B"})

    assert (await read("ops")).status == 200
    assert (await read("hris")).code == "role-missing"
    assert (await read("programme-manager", unit="SL-E")).code == "unit-out-of-scope"
