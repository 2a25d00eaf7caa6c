"""What a hub wrote into the catalogue itself: it goes down, and its regions offer it beside their own."""

from functools import partial

import pytest

from shared.events.planning import (
    CatalogueEntry,
    CataloguePublished,
    EntriesOffered,
    ExpectedGain,
    OfferedEntry,
)
from tests.federated import Regions
from tests.planning.region import Region, region
from tests.planning.test_region import OWN, OWN_CODE, catalogue
from tests.servers import wait_for

__all__ = ["region"]

pytestmark = pytest.mark.asyncio(loop_scope="module")
GIVEN = "HUB-01"


def offered(*items: tuple[str, int, int], withdrawn: tuple[str, ...] = ()) -> EntriesOffered:
    """Codes, each with its version and hours."""
    return EntriesOffered(
        items=[
            OfferedEntry(version=version, offered=code not in withdrawn, entry=entry(code, hours))
            for code, version, hours in items
        ],
        entries_version=sum(version for _, version, _ in items),
    )


def entry(code: str, hours: int) -> CatalogueEntry:
    return CatalogueEntry(
        code=code, title={"en": code, "fr": f"{code} en français"}, description={"en": code},
        approach="workplace-learning", delivery="workplace", levels=["B", "I", "A"],
        competencies=[ExpectedGain(code="QM", gain=95)], hours=hours, days_away=0, cost=0, languages=["en"],
    )  # fmt: skip


async def down(region: Region, event: EntriesOffered | CataloguePublished, epoch: int = 1) -> None:
    await Regions(region.broker).publish("hub", event, epoch=epoch)


async def of_hub(region: Region) -> dict[str, int]:
    """Hours of what is offered and not the catalogue's, by origin and code."""
    listed = (await region.root.get("/v1/interventions", params={"limit": 200})).json["items"]
    return {f"{one['origin']} {one['code']}": one["hours"] for one in listed if one["origin"] != "catalogue"}


async def lists(region: Region, **hours: int) -> bool:
    return await of_hub(region) == {
        name.replace("_", " ", 1).replace("_", "-"): h for name, h in hours.items()
    }


async def test_a_region_offers_what_its_hub_wrote_and_plans_with_it(region: Region) -> None:
    before = await region.proposed("before", "p0")
    assert GIVEN not in {item["intervention_code"] for item in before["activities"]}
    await down(region, offered((GIVEN, 1, 12), ("HUB-02", 1, 5)))
    await wait_for(partial(lists, region, hub_HUB_01=12, hub_HUB_02=5))
    one = await region.root.get(f"/v1/interventions/{GIVEN}")
    assert (one.json["origin"], one.json["name"]["fr"], one.version) == (
        "hub", f"{GIVEN} en français", "1",
    )  # fmt: skip
    plan = await region.proposed("after", "p1")
    assert GIVEN in {item["intervention_code"] for item in plan["activities"]}
    assert await region.outbox("entries-offered") == []  # a region publishes nothing down


async def test_a_region_cannot_change_it(region: Region) -> None:
    for etag in ({}, {"if_match": '"1"'}):
        refused = await region.root.put(f"/v1/interventions/{GIVEN}", json=OWN, **etag)
        assert (refused.status, refused.code) == (422, "code-not-own")
    assert await lists(region, hub_HUB_01=12, hub_HUB_02=5)


async def test_repeats_and_old_versions_change_nothing_and_an_absence_is_caught_up_with(
    region: Region,
) -> None:
    for event in (
        offered((GIVEN, 3, 30), ("HUB-02", 2, 6), withdrawn=("HUB-02",)),
        offered((GIVEN, 2, 20), ("HUB-02", 1, 5)),
        offered((GIVEN, 3, 99)),
        offered(("HUB-03", 1, 7)),
    ):
        await down(region, event)
    await wait_for(partial(lists, region, hub_HUB_01=30, hub_HUB_03=7))
    assert (await region.root.get("/v1/interventions/HUB-02")).json["hours"] == 6  # withdrawn, and readable


async def test_a_new_catalogue_leaves_it_as_it_is(region: Region) -> None:
    await down(region, catalogue(7, "H-1", GIVEN))

    async def current() -> bool:
        return (await region.root.get("/v1/interventions/H-1")).status == 200

    await wait_for(current)
    assert await lists(region, hub_HUB_01=30, hub_HUB_03=7)


async def test_a_regions_own_entry_of_the_same_code_holds(region: Region) -> None:
    """The hub's name may begin with the region's, or the other way round."""
    await down(region, offered((OWN_CODE, 1, 40)))
    await wait_for(partial(lists, region, **{named("hub", OWN_CODE): 40, "hub_HUB_01": 30, "hub_HUB_03": 7}))
    assert (await region.root.put(f"/v1/interventions/{OWN_CODE}", json=OWN)).status == 200
    await down(region, offered((OWN_CODE, 2, 41), ("HUB-03", 2, 8)))
    await wait_for(partial(lists, region, **{named("own", OWN_CODE): 12, "hub_HUB_01": 30, "hub_HUB_03": 8}))
    again = await region.root.put(f"/v1/interventions/{OWN_CODE}", json=OWN, if_match='"1"')
    assert (again.status, again.headers["ETag"]) == (200, '"2"')


async def test_a_new_epoch_begins_anew(region: Region) -> None:
    """What the hub lost with its server is offered no longer, and what plans name stays readable."""
    await down(region, offered((GIVEN, 2, 22)), epoch=2)
    await down(region, offered((GIVEN, 9, 99), ("HUB-03", 9, 99)))
    await wait_for(partial(lists, region, **{named("own", OWN_CODE): 12, "hub_HUB_01": 22}))
    plan = await region.proposed("anew", "p2")
    hours = {item["intervention_code"]: item["hours"] for item in plan["activities"]}
    assert hours[GIVEN] == 22
    await down(region, EntriesOffered(items=[], entries_version=0), epoch=3)
    await wait_for(partial(lists, region, **{named("own", OWN_CODE): 12}))
    assert (await region.root.get(f"/v1/interventions/{GIVEN}")).status == 200
    without = await region.proposed("without", "p3")
    assert GIVEN not in {item["intervention_code"] for item in without["activities"]}


def named(origin: str, code: str) -> str:
    return f"{origin}_{code.replace('-', '_')}"
