"""A hub's view of an indicator of a region's units, a level at a time, as the region published it."""

from collections.abc import AsyncIterator
from datetime import date
from functools import partial
from typing import Any

import pytest
import pytest_asyncio

from shared.events.evaluation import IndicatorComputed, IndicatorValue
from shared.events.registry import UnitsChanged, UnitState
from tests.federated import AS_ADMIN, Regions, regions_of_hub
from tests.served import Client, application
from tests.servers import INSTANCE, wait_for

pytestmark = pytest.mark.asyncio(loop_scope="module")
URL = "/v1/national/indicators/units"
ASKED = {"period": "2026Q4", "indicator": "OP-01"}
ROOT = INSTANCE.upper()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def regions(nats_url: str) -> AsyncIterator[Regions]:
    """A region of three units, and another one of which one has the same code."""
    async with regions_of_hub(nats_url, "evaluation") as found:
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
    """The field `indicator` of each unit."""
    asked = {**ASKED, "region": region, **({"parent": parent} if parent else {}), **params}
    answer = await hub.get(URL, params=asked)
    assert answer.status == 200, answer.json
    return {one["unit_code"]: one["indicator"] for one in answer.json["items"]}


async def refused(hub: Client, **params: str) -> tuple[int, str]:
    answer = await hub.get(URL, params={**ASKED, **params})
    return answer.status, answer.code


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def hub(settings: Any, serve: Any, token: Any, regions: Regions) -> Client:
    client = await serve(application(settings("evaluation", federation="hub", **AS_ADMIN)))
    await regions.publish(INSTANCE, UnitsChanged(items=[unit(ROOT, None)]))  # its own
    manager: Client = client.using(token("programme-manager", units=(ROOT,)))
    await wait_for(partial(knows, manager))
    return manager


async def knows(hub: Client) -> bool:
    """Whether the hub has its own unit and those of both regions."""
    answers = [await hub.get(URL, params={**ASKED, "region": region}) for region in ("south", "east")]
    return all(answer.status == 200 and answer.json["items"] for answer in answers)


def value(code: str, covered: int | None, posts: int | None = 40, **values: Any) -> IndicatorValue:
    """In thousandths, as they are sent."""
    known = {"period": "2026Q4", "indicator": "OP-01", "version": 7, "as_of": date(2026, 11, 1)}
    return IndicatorValue(
        unit_code=code,
        numerator=covered and covered * 1000,
        denominator=posts and posts * 1000,
        suppressed=covered is None,
        **(known | values),
    )


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def settled(hub: Client, regions: Regions) -> None:
    """South published its top and one district, another indicator and another quarter of it, and one of few."""
    await regions.publish("east", IndicatorComputed(items=[value("S-1", 39)]))
    await regions.publish("south", IndicatorComputed(items=[
        value("S-1", 11, indicator="OP-02"), value("S-1", 12, period="2026Q3"), value("S-2", None, None),
        value("S", 30), value("S-1", 25),
    ]))  # fmt: skip

    async def there() -> bool:
        both = (await below(hub, "south", "S"))["S-1"], (await below(hub, "east", "E"))["S-1"]
        return None not in both

    await wait_for(there)


async def test_units_below_a_parent_have_names_and_what_was_published_of_them(
    hub: Client, settled: None
) -> None:
    answer = (await hub.get(URL, params={**ASKED, "region": "south", "parent": "S"})).json
    assert answer == {"items": [
        {
            "region": "south", "unit_code": "S-1", "name": "First District", "parent": "S", "level": "district",
            "type": "District", "closed_on": None, "epoch": 1, "version": 3,
            "indicator": {
                "value": 62.5, "numerator": 25.0, "denominator": 40.0, "version": 7, "epoch": 1,
                "as_of": "2026-11-01", "suppressed": False,
            },
        },
        {
            "region": "south", "unit_code": "S-2", "name": None, "parent": "S", "level": "district",
            "type": "District", "closed_on": None, "epoch": 1, "version": 3, "indicator": None,
        },
    ], "next": None}  # fmt: skip


async def test_indicators_quarters_and_regions_stand_apart(hub: Client, settled: None) -> None:
    assert (await below(hub, "south"))["S"]["numerator"] == 30
    assert (await below(hub, "south", "S", indicator="OP-02"))["S-1"]["numerator"] == 11
    assert (await below(hub, "south", "S", period="2026Q3"))["S-1"]["numerator"] == 12
    assert await below(hub, "south", "S", indicator="OC-01") == {"S-1": None, "S-2": None}
    assert (await below(hub, "east", "E"))["S-1"]["numerator"] == 39


async def test_what_is_not_known_is_refused(hub: Client, settled: None) -> None:
    assert await refused(hub, region="nowhere") == (404, "region-unknown")
    assert await refused(hub, region="east", parent="S-2") == (404, "unit-unknown")
    assert await refused(hub) == (422, "input-invalid")
    assert await refused(hub, region="south", period="2026") == (422, "period-malformed")
    assert await refused(hub, region="south", indicator="XX-99") == (404, "indicator-unknown")


async def test_who_may_read_it(hub: Client, token: Any, settled: None) -> None:
    def asking(*roles: str, unit: str = ROOT) -> Client:
        return hub.using(token(*roles, units=(unit,)))

    assert await below(asking("ops"), "south")
    assert await refused(asking("hris"), region="south") == (403, "role-missing")
    assert await refused(asking("programme-manager", unit="S"), region="south") == (403, "unit-out-of-scope")


async def test_elsewhere_there_is_no_hub(settings: Any, serve: Any, token: Any) -> None:
    client = (await serve(application(settings("evaluation")))).using(token("ops", units=(ROOT,)))
    assert await refused(client, region="south") == (404, "not-a-hub")
