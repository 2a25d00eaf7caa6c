"""A hub's view of an indicator of a region's units, a level at a time, as the region published it."""

from datetime import date
from typing import Any

import pytest
import pytest_asyncio

from shared.events.evaluation import IndicatorComputed, IndicatorValue
from tests.federated import Regions
from tests.served import Client
from tests.units_of_regions import View

pytestmark = pytest.mark.asyncio(loop_scope="module")
VIEW = View(
    "evaluation", "/v1/national/indicators/units", {"period": "2026Q4", "indicator": "OP-01"}, "indicator"
)
regions, hub = VIEW.fixtures()


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
    await VIEW.settled(hub)


async def test_units_below_a_parent_have_names_and_what_was_published_of_them(
    hub: Client, settled: None
) -> None:
    answer = await VIEW.page(hub, "south", "S")
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
    assert (await VIEW.below(hub, "south"))["S"]["numerator"] == 30
    assert (await VIEW.below(hub, "south", "S", indicator="OP-02"))["S-1"]["numerator"] == 11
    assert (await VIEW.below(hub, "south", "S", period="2026Q3"))["S-1"]["numerator"] == 12
    assert await VIEW.below(hub, "south", "S", indicator="OC-01") == {"S-1": None, "S-2": None}
    assert (await VIEW.below(hub, "east", "E"))["S-1"]["numerator"] == 39


async def test_what_is_not_known_is_refused(hub: Client, settled: None) -> None:
    await VIEW.refuses_what_is_not_known(hub)
    assert await VIEW.refusal(hub, region="south", indicator="XX-99") == (404, "indicator-unknown")


async def test_who_may_read_it(hub: Client, token: Any, settled: None) -> None:
    await VIEW.is_for_readers_of_the_country(hub, token)


async def test_elsewhere_there_is_no_hub(settings: Any, serve: Any, token: Any) -> None:
    await VIEW.is_of_a_hub_alone(settings, serve, token)
