"""A hub's indicators: sums of what regions published, whatever came twice, late or from before a restoration."""

import json
import random
from collections.abc import AsyncIterator
from datetime import date
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio

from services.evaluation.catalogue.queries import delivered
from shared.events.evaluation import IndicatorComputed, IndicatorValue, Target, TargetsSet
from shared.events.registry import UnitsChanged, UnitState
from tests.evaluation.catalogue.defining import BODY
from tests.federated import AS_ADMIN, TRACE, Regions, regions_of_hub
from tests.served import Client, application
from tests.servers import INSTANCE, wait_for

pytestmark = pytest.mark.asyncio(loop_scope="module")
URL = "/v1/national/indicators"
PERIOD = "2026Q4"
REGIONS = ("east", "south", "west")
ROOT = INSTANCE.upper()


def top(code: str) -> UnitsChanged:
    unit = UnitState(unit_code=code, version=1, level="region", type="x", open_from=date(2000, 1, 1))
    return UnitsChanged(items=[unit])


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def regions(nats_url: str) -> AsyncIterator[Regions]:
    async with regions_of_hub(nats_url, "evaluation") as found:
        for region in (INSTANCE, *REGIONS):  # the first is the hub itself
            await found.publish(region, top(region.upper()))
        yield found


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def app(settings) -> Any:
    return application(settings("evaluation", federation="hub", **AS_ADMIN))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def hub(app, serve, token, regions: Regions) -> AsyncIterator[Client]:
    manager = (await serve(app)).using(token("programme-manager", units=(ROOT,)))

    async def known() -> bool:
        return (await read(manager)).status == 200

    await wait_for(known)
    yield manager


def read(hub: Client, indicator: str = "OP-01", period: str = PERIOD) -> Any:
    return hub.get(URL, params={"indicator": indicator, "period": period})


def value(
    region: str, version: int, shown: tuple[int, int] | None, indicator: str = "OP-01", unit: str = ""
) -> IndicatorValue:
    numerator, denominator = shown or (None, None)
    return IndicatorValue(
        indicator=indicator, unit_code=unit or region.upper(), period=PERIOD, version=version,
        numerator=numerator, denominator=denominator, as_of=date(2026, 11, version % 28 + 1),
        suppressed=shown is None,
    )  # fmt: skip


def computed(*args: Any, **kwargs: Any) -> IndicatorComputed:
    return IndicatorComputed(items=[value(*args, **kwargs)])


async def reached(hub: Client, indicator: str = "OP-01", **national: Any) -> dict[str, Any]:
    async def same() -> dict[str, Any] | None:
        found: dict[str, Any] = (await read(hub, indicator)).json
        return found if found["national"] == national else None

    return await wait_for(same)


async def test_the_nation_is_divided_once_from_what_regions_published(hub: Client, regions: Regions) -> None:
    """25 of 40 and 1 of 9: 53.06 %, not the mean of 62.5 and 11.11."""
    nothing = (await read(hub)).json
    assert nothing == {
        "national": {"value": None, "numerator": None, "denominator": None, "regions": 0, "suppressed": 0},
        "regions": [],
    }
    await regions.publish("south", computed("south", 1, (25_000, 40_000)))
    await regions.publish("east", computed("east", 4, (1_000, 9_000)))
    await regions.publish(
        "south", computed("south", 1, (9_000, 9_000), unit="SOUTH-D1")
    )  # inside, not beside
    found = await reached(hub, value=53.06, numerator=26.0, denominator=49.0, regions=2, suppressed=0)
    east = found["regions"][0]
    assert east.pop("received_at")
    assert east == {
        "region": "east", "value": 11.11, "numerator": 1.0, "denominator": 9.0, "version": 4, "epoch": 1,
        "as_of": "2026-11-05", "trace_id": TRACE, "suppressed": False,
    }  # fmt: skip


async def test_a_region_without_a_figure_reads_as_one_that_published_nothing(
    hub: Client, regions: Regions
) -> None:
    await regions.publish("east", computed("east", 5, None))
    found = await reached(hub, value=62.5, numerator=25.0, denominator=40.0, regions=1, suppressed=0)
    assert [(one["region"], one["value"], one["suppressed"]) for one in found["regions"]] == [
        ("south", 62.5, False)
    ]  # fmt: skip


@pytest.mark.parametrize("seed", range(4))
async def test_any_order_repeats_and_old_news_give_the_sums_that_regions_published(
    hub: Client, regions: Regions, seed: int
) -> None:
    """Each region tells its history of some indicators, in two epochs; everything comes shuffled, some twice."""
    chance = random.Random(seed)
    indicator = ("OP-04", "OP-05", "OP-06", "OC-05")[seed]
    newest: dict[str, tuple[int, int] | None] = {}
    messages = []
    for region in chance.sample(REGIONS, chance.choice([2, 3])):
        for epoch in range(2 * seed + 1, 2 * seed + chance.choice([2, 3])):
            for version in range(1, chance.randint(2, 8)):
                denominator = chance.randint(5, 400) * 1000
                shown = None if chance.random() < 0.2 else (chance.randint(0, denominator), denominator)
                newest[region] = shown
                messages.append((region, computed(region, version, shown, indicator), epoch, uuid4()))
    messages += chance.sample(messages, len(messages) // 3)
    chance.shuffle(messages)
    for region, event, epoch, name in messages:
        await regions.publish(region, event, epoch=epoch, event_id=name)
    told = [shown for shown in newest.values() if shown is not None]
    above, below = (sum(shown[place] for shown in told) for place in (0, 1))
    national: dict[str, float | None] = {"value": None, "numerator": None, "denominator": None}
    if told:
        exact = round(above * 100 / below, 2)
        national = {"value": exact, "numerator": above / 1000, "denominator": below / 1000}
    found = await reached(hub, indicator, **national, regions=len(told), suppressed=0)
    assert {one["region"]: one["numerator"] for one in found["regions"]} == {
        region: shown[0] / 1000 for region, shown in newest.items() if shown is not None
    }


async def test_regions_targets_are_listed_as_theirs(hub: Client, regions: Regions) -> None:
    def said(version: int, amount: int | None, level: str = "facility") -> TargetsSet:
        place = {"unit_code": None, "unit_level": level}
        return TargetsSet(
            items=[Target(indicator="OP-01", period=PERIOD, version=version, value=amount, **place)]
        )

    await regions.publish("south", said(2, 7000))
    await regions.publish("south", said(1, 9900))
    await regions.publish("east", said(3, 6000))
    await regions.publish("east", said(1, 6550), epoch=2)
    await regions.publish("west", said(1, 5000))
    await regions.publish("west", said(2, None))
    await regions.publish("west", said(1, 4000, "district"))

    async def listed(**params: str) -> list[tuple[str, str, float]]:
        items = (await hub.get("/v1/national/targets", params=params)).json["items"]
        return [(one["region"], one["unit_level"], one["value"]) for one in items]

    wanted = [("east", "facility", 65.5), ("south", "facility", 70.0), ("west", "district", 40.0)]

    async def all_of_them() -> bool:
        return await listed() == wanted

    await wait_for(all_of_them)
    assert await listed(region="south") == wanted[1:2]
    page = (await hub.get("/v1/national/targets", params={"limit": 2})).json
    rest = (await hub.get("/v1/national/targets", params={"cursor": page["next"]})).json
    assert [one["region"] for one in rest["items"]] == ["west"]
    assert (await hub.get(f"/v1/targets/OP-01/{PERIOD}/levels/facility")).code == "target-unknown"


async def test_a_hub_publishes_its_definitions_and_targets_down(hub: Client, app) -> None:
    at = f"/v1/targets/OP-01/{PERIOD}/levels/region"
    assert (await hub.put(at, json={"value": 80}, key="once")).headers["ETag"] == '"1"'
    assert (await hub.put(at, json={"value": 80}, key="once")).headers["ETag"] == '"1"'
    assert (await hub.put(at, json={"value": 85.25}, if_match='"1"')).status == 200
    async with app.state.database.transaction() as connection:
        rows = await connection.fetch(
            "select subject from outbox where subject like '%.evaluation.%' order by id"
        )
        payloads = await connection.fetch(
            "select payload from outbox where subject like '%.down.evaluation.%' order by id"
        )
        versions = await connection.fetchval("select count(*) from definition")
    sent = [row["subject"] for row in rows]
    assert sent.count(f"steward.{INSTANCE}.down.evaluation.indicators-published.v1") == 1
    assert sent.count(f"steward.{INSTANCE}.down.evaluation.targets-published.v1") == 2
    assert not [subject for subject in sent if "targets-set" in subject]
    assert versions == len(delivered())
    said = [json.loads(row["payload"])["data"] for row in payloads]
    assert said[0]["indicators_version"] == sum(item["version"] for item in delivered().values())
    assert [(one["targets_version"], one["items"][0]["value"]) for one in said[1:]] == [(1, 8000), (2, 8525)]
    await wait_for(partial(heard, app, "targets-published"))
    listed = (await hub.get("/v1/targets")).json["items"]  # it hears its own words, and keeps them as its own
    assert [(one["value"], one["origin"]) for one in listed] == [(85.25, "own")]


async def heard(app: Any, fact: str) -> bool:
    """Whether what a service said last of a kind was applied by its own consumer."""
    statement = """
    select event_id from outbox
    where subject like '%.' || $1 || '.v1' and event_id not in (select event_id from inbox)
    """
    async with app.state.database.transaction() as connection:
        return not await connection.fetch(statement, fact)


async def test_national_figures_keep_the_factor_by_which_they_are_computed(
    hub: Client, regions: Regions
) -> None:
    """Also after a definition of another factor was published."""
    await regions.publish("west", computed("west", 1, (25_000, 40_000)), epoch=20)
    await reached(hub, value=62.5, numerator=25.0, denominator=40.0, regions=1, suppressed=0)
    other = BODY | {"unit": "per 1000", "factor": 1000}
    published = await hub.put("/v1/indicators/OP-01", json=other, if_match='"1"')
    assert published.status == 200, published.body
    assert published.json["computed"] is False
    assert (await read(hub)).json["national"]["value"] == 62.5


async def test_who_may_read_it(hub: Client, token) -> None:
    for address in (f"{URL}?indicator=OP-01&period={PERIOD}", "/v1/national/targets"):
        reader = partial(Client.get, path=address)
        assert (await reader(hub.using(token("ops", units=(ROOT,))))).status == 200
        assert (await reader(hub.using(token("leader", units=(ROOT,))))).code == "role-missing"
        assert (await reader(hub.using(token("ops", units=("SOUTH",))))).code == "unit-out-of-scope"
    assert (await read(hub, period="2026")).code == "period-malformed"
    assert (await read(hub, "XX-99")).code == "indicator-unknown"
