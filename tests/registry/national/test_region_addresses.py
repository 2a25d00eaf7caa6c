"""Which region owns a unit, and what each region states of itself: at a hub, and in the region that states it."""

from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import pytest
import pytest_asyncio

from services.registry.national.commands import region_addresses
from services.registry.republish import resend
from shared.events.registry import RegionAddressed, UnitsChanged, UnitState
from tests.federated import AS_ADMIN, Regions, regions_of_hub
from tests.registry.region import Region
from tests.served import Client, application
from tests.servers import wait_for

pytestmark = pytest.mark.asyncio(loop_scope="module")
SEALING = "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj"
SIGNING = "UDXU4RCSJNZOIQHZNWXHXORDPRTGNJAHAHFRGZNEEJCPQTT2M7NLCNF4"
STATED = {"address": "https://north.example.org", "sealing_key": SEALING, "signing_key": SIGNING}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def regions(nats_url: str) -> AsyncIterator[Regions]:
    async with regions_of_hub(nats_url, "registry") as found:
        yield found


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def hub(settings, serve, token, regions: Regions) -> Client:
    """A hub that knows north by address and units, and south by units alone."""
    client = await serve(application(settings("registry", federation="hub", **AS_ADMIN)))
    client = client.using(token("hris", units=()))
    await regions.publish("north", units("N", "N-1", "BOTH"))
    await regions.publish("south", units("S", "BOTH"))
    await regions.publish("north", RegionAddressed(revision=2, **STATED))
    await regions.publish("north", RegionAddressed(revision=1, **STATED | {"address": "https://old.example"}))

    async def whole() -> bool:
        owned = (await client.get("/v1/national/unit-regions")).json["items"]
        return len(owned) == 5 and (await north(client))["address"] is not None

    await wait_for(whole)
    return client


def units(*codes: str) -> UnitsChanged:
    given: dict[str, Any] = {"level": "region", "type": "Region", "open_from": date(2000, 1, 1), "version": 1}
    return UnitsChanged(items=[UnitState(unit_code=code, **given) for code in codes])


async def north(hub: Client) -> dict[str, Any]:
    return next(
        one for one in (await hub.get("/v1/national/regions")).json["items"] if one["region"] == "north"
    )


async def test_a_unit_leads_to_its_region_with_address_and_keys(hub: Client) -> None:
    found = (await hub.get("/v1/units/N-1/region")).json
    assert found.pop("received_at")
    assert found == {"unit_code": "N-1", "region": "north", **STATED}


async def test_a_region_that_states_nothing_is_listed_all_the_same(hub: Client) -> None:
    nothing = dict.fromkeys((*STATED, "received_at"))
    assert (await hub.get("/v1/units/S/region")).json == {"unit_code": "S", "region": "south", **nothing}
    listed = (await hub.get("/v1/national/regions")).json["items"]
    assert [one["region"] for one in listed] == ["north", "south"]


async def test_what_an_earlier_word_states_comes_too_late(hub: Client, regions: Regions) -> None:
    await regions.publish(
        "north", RegionAddressed(revision=1, **STATED | {"address": "https://older.example"})
    )
    await regions.publish("east", RegionAddressed(revision=1))  # after it, by the same consumer

    async def heard() -> bool:
        return "east" in [one["region"] for one in (await hub.get("/v1/national/regions")).json["items"]]

    await wait_for(heard)
    assert (await north(hub))["address"] == STATED["address"]


async def test_pages_have_every_unit_with_each_of_its_regions(hub: Client) -> None:
    found, more = [], {}
    while True:
        page = (await hub.get("/v1/national/unit-regions", params={"limit": 2, **more})).json
        found += [(one["unit_code"], one["region"]) for one in page["items"]]
        if page["next"] is None:
            break
        more = {"cursor": page["next"]}
    assert found == [("BOTH", "north"), ("BOTH", "south"), ("N", "north"), ("N-1", "north"), ("S", "south")]


async def test_what_cannot_be_answered_is_refused_with_its_code(hub: Client, token) -> None:
    async def refused(path: str, client: Client = hub) -> tuple[int, str]:
        answer = await client.get(path)
        return answer.status, answer.code

    assert await refused("/v1/units/NOWHERE/region") == (404, "unit-unknown")
    assert await refused("/v1/units/BOTH/region") == (409, "unit-of-several-regions")
    leader = hub.using(token("leader"))
    for path in ("/v1/units/N-1/region", "/v1/national/regions", "/v1/national/unit-regions"):
        assert await refused(path, leader) == (403, "role-missing")


async def test_a_region_states_its_address_when_it_changes_and_not_else(region: Region) -> None:
    async def stated() -> list[dict[str, Any]]:
        return [event["data"] for event in await region.sent("region-addressed")]

    before = len(await stated())
    changed = region.settings.model_copy(
        update={"client_issuer": STATED["address"], "sealing_key": SEALING, "signing_key": SIGNING}
    )
    for settings in (changed, changed, region.settings.model_copy(update={"federation": "hub"})):
        await region_addresses.announce(settings)(region.app.state.database)
    told = await stated()
    assert len(told) == before + 1
    assert told[-1] == {**STATED, "revision": told[-1]["revision"]}
    async with region.app.state.database.session() as session:
        await resend(session)
    assert (await stated())[before + 1 :] == [told[-1]]
