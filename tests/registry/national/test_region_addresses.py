"""Which region owns a unit, and what each region states of itself: at a hub, and in the region that states it."""

from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import pytest
import pytest_asyncio

from deploy.federation.federation_error import FederationError
from deploy.list_files import owning_regions
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
    await regions.publish("uplands", units("N", "N-1", "BOTH"))
    await regions.publish("lowlands", units("S", "BOTH"))
    await regions.publish("uplands", addressed(2))
    await regions.publish("uplands", addressed(1, "https://old.example"))

    async def whole() -> bool:
        owned = [each for each in await owned_units(client) if each[1] in ("uplands", "lowlands")]
        return len(owned) == 5 and (await stated(client)).get("address") is not None

    await wait_for(whole)
    return client


def units(*codes: str) -> UnitsChanged:
    given: dict[str, Any] = {"level": "region", "type": "Region", "open_from": date(2000, 1, 1), "version": 1}
    return UnitsChanged(items=[UnitState(unit_code=code, **given) for code in codes])


def addressed(revision: int, url: str = STATED["address"]) -> RegionAddressed:
    return RegionAddressed(revision=revision, gateway_url=url, sealing_key=SEALING, signing_key=SIGNING)


async def stated(hub: Client, region: str = "uplands") -> dict[str, Any]:
    found = (await hub.get("/v1/national/regions")).json["items"]
    return next((one for one in found if one["region"] == region), {})


async def owned_units(hub: Client, limit: int = 200) -> list[tuple[str, str]]:
    """All pages, one after the other."""
    found: list[tuple[str, str]] = []
    more: dict[str, str] = {}
    while True:
        page = (await hub.get("/v1/national/unit-regions", params={"limit": limit, **more})).json
        found += [(one["unit_code"], one["region"]) for one in page["items"]]
        if page["next"] is None:
            return found
        more = {"cursor": page["next"]}


async def test_a_unit_leads_to_its_region_with_address_and_keys(hub: Client) -> None:
    found = (await hub.get("/v1/units/N-1/region")).json
    assert found.pop("received_at")
    assert found == {"unit_code": "N-1", "region": "uplands", **STATED}


async def test_a_region_that_states_nothing_is_listed_all_the_same(hub: Client) -> None:
    nothing = dict.fromkeys((*STATED, "received_at"))
    assert (await hub.get("/v1/units/S/region")).json == {"unit_code": "S", "region": "lowlands", **nothing}
    assert await stated(hub, "lowlands") == {"region": "lowlands", **nothing}


async def test_what_an_earlier_word_states_comes_too_late(hub: Client, regions: Regions) -> None:
    await regions.publish("uplands", addressed(1, "https://older.example"))
    await regions.publish("coast", RegionAddressed(revision=1))  # after it, by the same consumer

    async def heard() -> bool:
        return bool(await stated(hub, "coast"))

    await wait_for(heard)
    assert (await stated(hub))["address"] == STATED["address"]


async def test_pages_have_every_unit_with_each_of_its_regions(hub: Client) -> None:
    found = await owned_units(hub, 2)
    assert found == await owned_units(hub)
    assert len(set(found)) == len(found)
    assert [each for each in found if each[0] == "BOTH"] == [("BOTH", "lowlands"), ("BOTH", "uplands")]


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
    async def sent() -> list[dict[str, Any]]:
        return [event["data"] for event in await region.sent("region-addressed")]

    before = len(await sent())
    changed = region.settings.model_copy(
        update={"client_issuer": STATED["address"], "sealing_key": SEALING, "signing_key": SIGNING}
    )
    for settings in (changed, changed, region.settings.model_copy(update={"federation": "hub"})):
        await region_addresses.announce(settings)(region.app.state.database)
    told = await sent()
    assert len(told) == before + 1
    assert told[-1] == {
        "gateway_url": STATED["address"],
        "sealing_key": SEALING,
        "signing_key": SIGNING,
        "revision": told[-1]["revision"],
    }
    async with region.app.state.database.session() as session:
        await resend(session)
    assert (await sent())[before + 1 :] == [told[-1]]


async def test_what_parts_a_national_file_asks_the_hub_page_by_page(hub: Client, monkeypatch) -> None:
    monkeypatch.setattr(owning_regions, "PAGE", 2)
    found = {one.region: one for one in await owning_regions.ask(hub.url, hub.token)}
    assert found["uplands"].sealing_key == SEALING
    assert [unit[0] for unit in found["uplands"].units] == ["BOTH", "N", "N-1"]
    assert found["lowlands"].sealing_key is None
    with pytest.raises(FederationError, match="token-invalid"):
        await owning_regions.ask(hub.url, "nobody's")
