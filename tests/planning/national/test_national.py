"""A hub's plans: sums of what regions published, and what they added to the catalogue for themselves."""

from collections.abc import AsyncIterator, Mapping
from datetime import date
from types import MappingProxyType

import pytest
import pytest_asyncio

from shared.events.planning import (
    CatalogueEntry,
    EntriesPublished,
    ExpectedGain,
    PlanFigures,
    PlanTotal,
    RegionalEntry,
    ToldFigures,
    TotalsComputed,
)
from shared.events.registry import UnitsChanged, UnitState
from tests.federated import AS_ADMIN, TRACE, Regions, regions_of_hub
from tests.served import Client, application
from tests.servers import INSTANCE, wait_for

pytestmark = pytest.mark.asyncio(loop_scope="module")
PLANS = "/v1/national/plans?period=2026Q4"
ENTRIES = "/v1/national/interventions"
NAMES = PlanFigures.__struct_fields__


def top(code: str) -> UnitsChanged:
    unit = UnitState(unit_code=code, version=1, level="region", type="x", open_from=date(2000, 1, 1))
    return UnitsChanged(items=[unit])


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def regions(nats_url: str) -> AsyncIterator[Regions]:
    async with regions_of_hub(nats_url, "planning") as found:
        for region in (INSTANCE, "south", "east"):  # the first is the hub itself
            await found.publish(region, top(region.upper()))
        yield found


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def hub(settings, serve, token, regions: Regions) -> AsyncIterator[Client]:
    client = await serve(application(settings("planning", federation="hub", **AS_ADMIN)))
    manager = client.using(token("programme-manager", units=(INSTANCE.upper(),)))

    async def known() -> bool:
        return (await manager.get(PLANS)).status == 200

    await wait_for(known)
    yield manager


def totals(
    region: str, version: int, people: int | None, each: int | None = None, **others: int | None
) -> TotalsComputed:
    """`each` is every figure but the `others`."""
    told = ToldFigures(**{**dict.fromkeys(NAMES, each), **others})
    item = PlanTotal(
        unit_code=region.upper(), period="2026Q4", version=version, people=people, figures=None,
        suppressed=people is None and told == ToldFigures(), told=told,
    )  # fmt: skip
    return TotalsComputed(items=[item])


def of_before(region: str, version: int, people: int | None, each: int = 0) -> TotalsComputed:
    """As a region says it that is a version behind: figures of one population."""
    figures = None if people is None else PlanFigures(**dict.fromkeys(NAMES, each))
    item = PlanTotal(
        unit_code=region.upper(), period="2026Q4", version=version, people=people, figures=figures,
        suppressed=people is None,
    )  # fmt: skip
    return TotalsComputed(items=[item])


def entry(code: str, version: int, hours: int, offered: bool = True) -> EntriesPublished:
    content = CatalogueEntry(
        code=code, title={"en": code}, description={"en": code}, approach="networking", delivery="online",
        levels=["B"], competencies=[ExpectedGain(code="QM", gain=30)], hours=hours, days_away=0, cost=0,
        languages=["en"],
    )  # fmt: skip
    return EntriesPublished(items=[RegionalEntry(version=version, offered=offered, entry=content)])


async def reached(
    hub: Client,
    people: int | None,
    each: int | None,
    unpublished: Mapping[str, int] = MappingProxyType({}),
    regions: int = 2,
) -> dict:
    wanted = dict.fromkeys(NAMES, each) | {"people": people} | dict.fromkeys(unpublished)
    wanted |= {"regions": regions, "suppressed": 0}
    wanted["untold"] = dict.fromkeys(("people", *NAMES), 0) | dict(unpublished)

    async def same() -> dict | None:
        found = (await hub.get(PLANS)).json
        return found if found["national"] == wanted else None

    return await wait_for(same)


async def test_the_nations_plans_are_the_sum_of_what_regions_published(hub: Client, regions: Regions) -> None:
    await regions.publish("south", totals("south", 1, 30, 7))
    await regions.publish("east", totals("east", 4, 12, 5))
    found = await reached(hub, 42, 12)
    east = found["regions"][0]
    assert east.pop("received_at")
    assert east == dict.fromkeys(NAMES, 5) | {
        "region": "east", "people": 12, "version": 4, "epoch": 1, "as_of": None, "trace_id": TRACE,
        "suppressed": False,
    }  # fmt: skip


async def test_repeats_old_news_and_other_epochs(hub: Client, regions: Regions) -> None:
    again = await regions.publish("south", totals("south", 3, 40, 8))
    await regions.publish("south", totals("south", 3, 40, 8), event_id=again)
    await regions.publish("south", totals("south", 2, 99, 99))
    await regions.publish("east", totals("east", 1, 7, 2), epoch=2)
    await regions.publish("east", totals("east", 9, 99, 99))
    await regions.publish("south", totals("south", 4, 41, 8))
    await reached(hub, 48, 10)
    await regions.publish("east", totals("east", 2, None), epoch=2)
    await reached(hub, 41, 8, regions=1)


async def test_a_figure_that_a_region_does_not_tell_is_no_part_of_a_sum(
    hub: Client, regions: Regions
) -> None:
    await regions.publish("east", totals("east", 3, 9, 5, hours=None), epoch=2)
    found = await reached(hub, 50, 13, {"hours": 1})
    east, south = found["regions"]
    assert (east["hours"], east["agreed"], east["suppressed"]) == (None, 5, False)
    assert south["hours"] == 8
    await regions.publish("south", totals("south", 5, 41, 8, hours=None, completed=None))
    await reached(hub, 50, 13, {"hours": 2, "completed": 1})
    await regions.publish("east", totals("east", 4, None, 5), epoch=2)
    await reached(hub, None, 13, {"people": 1, "hours": 1, "completed": 1})


async def test_regions_that_are_a_version_behind_are_added(hub: Client, regions: Regions) -> None:
    await regions.publish("south", of_before("south", 6, 30, 7))
    await regions.publish("east", totals("east", 5, 12, 5), epoch=2)
    await reached(hub, 42, 12)
    await regions.publish("east", of_before("east", 6, None), epoch=2)
    await reached(hub, 30, 7, regions=1)


async def test_entries_of_regions_are_listed_with_their_newest_version(hub: Client, regions: Regions) -> None:
    await regions.publish("south", entry("SOUTH-01", 2, 20))
    await regions.publish("south", entry("SOUTH-01", 1, 10))
    await regions.publish("east", entry("EAST-01", 1, 30))
    await regions.publish("east", entry("EAST-03", 1, 30))  # lost with the server: never said again
    await regions.publish("east", entry("EAST-01", 1, 40, offered=False), epoch=2)
    await regions.publish("east", entry("EAST-02", 1, 50), epoch=2)

    async def listed() -> bool:
        items = (await hub.get(ENTRIES)).json["items"]
        found = [
            (one["region"], one["intervention"]["code"], one["intervention"]["hours"], one["offered"])
            for one in items
        ]
        return found == [
            ("east", "EAST-01", 40, False),
            ("east", "EAST-02", 50, True),
            ("south", "SOUTH-01", 20, True),
        ]

    await wait_for(listed)
    page = (await hub.get(ENTRIES, params={"limit": 2})).json
    rest = (await hub.get(ENTRIES, params={"cursor": page["next"]})).json
    assert [one["region"] for one in rest["items"]] == ["south"]


async def test_who_may_read_it(hub: Client, token) -> None:
    for address in (PLANS, ENTRIES):
        assert (await hub.using(token("ops", units=(INSTANCE.upper(),))).get(address)).status == 200
        assert (
            await hub.using(token("leader", units=(INSTANCE.upper(),))).get(address)
        ).code == "role-missing"
        assert (await hub.using(token("ops", units=("SOUTH",))).get(address)).code == "unit-out-of-scope"
    assert (await hub.get("/v1/national/plans?period=2026")).code == "period-malformed"
