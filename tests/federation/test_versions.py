"""A hub one version ahead of its regions and one behind: what it knows it takes, the rest it keeps."""

import json
from collections.abc import AsyncIterator
from datetime import date
from typing import Any
from uuid import uuid4

import pytest_asyncio

from shared.events.registry import HeadcountsComputed, UnitsChanged, UnitState
from tests.federated import AS_ADMIN, Regions, regions_of_hub
from tests.registry.builders import plant
from tests.served import Client, application
from tests.servers import wait_for

URL = "/v1/national/headcounts"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def regions(nats_url: str) -> AsyncIterator[Regions]:
    async with regions_of_hub(nats_url, "registry") as found:
        for region in ("south", "east"):
            top = UnitState(
                unit_code=region.upper(), version=1, level="region", type="x", open_from=date(2000, 1, 1)
            )
            await found.publish(region, UnitsChanged(items=[top]))
        yield found


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def hub(settings, serve, token, regions: Regions) -> AsyncIterator[Client]:
    client = await serve(application(settings("registry", federation="hub", **AS_ADMIN)))
    await plant(client.using(token("hris", units=("SL",))))
    yield client.using(token("programme-manager", units=("SL",)))


async def send(regions: Regions, region: str, item: dict[str, Any], *, version: int = 1, **more: Any) -> None:
    """A headcount as other software would write it."""
    kind = f"steward.registry.headcounts-computed.v{version}"
    sent = {
        "specversion": "1.0", "id": str(uuid4()), "source": f"/steward/{region}/registry", "type": kind,
        "subject": "headcounts", "time": "2026-11-23T08:00:00Z", "datacontenttype": "application/json",
        "instance": region, "aggregateversion": 1, "data": {"items": [item]}, **more,
    }  # fmt: skip
    subject = HeadcountsComputed.subject(region).replace(".v1", f".v{version}")
    await regions.jetstream.publish(subject, json.dumps(sent).encode(), headers={"Nats-Msg-Id": sent["id"]})


async def people(hub: Client, expected: int) -> dict[str, Any]:
    async def same() -> dict[str, Any] | None:
        found: dict[str, Any] = (await hub.get(URL, params={"level": "B"})).json
        return found if found["national"]["people"] == expected else None

    return await wait_for(same)


def headcount(region: str, version: int, count: int, **more: Any) -> dict[str, Any]:
    return {
        "unit_code": region.upper(),
        "level": "B",
        "version": version,
        "people": count,
        "women": 5,
        **more,
    }


async def test_a_region_ahead_adds_fields_that_the_hub_does_not_know(hub: Client, regions: Regions) -> None:
    item = headcount("south", 1, 40, nurses=12, as_of="2026-11-23", suppressed=False)
    await send(regions, "south", item, epoch=1, ward="seven", traceparent=None)
    found = await people(hub, 40)
    assert "nurses" not in found["regions"][0]


async def test_a_region_behind_lacks_fields_that_the_hub_knows(hub: Client, regions: Regions) -> None:
    await send(regions, "east", headcount("east", 1, 10))  # neither as_of nor suppressed, nor an epoch
    found = await people(hub, 50)
    assert (found["regions"][0]["epoch"], found["regions"][0]["as_of"]) == (1, None)


async def test_an_event_of_a_later_version_is_kept_and_stops_nothing(hub: Client, regions: Regions) -> None:
    before = (await regions.jetstream.stream_info("NATIONAL")).state.messages
    await send(regions, "south", {"unit_code": "SOUTH", "counts": {"B": [99]}}, version=2)
    await send(regions, "south", headcount("south", 2, 45))
    await people(hub, 55)
    state = (await regions.jetstream.stream_info("NATIONAL")).state
    assert state.messages == before + 2  # it waits there for a hub that reads it
    kept = await regions.jetstream.get_last_msg(
        "NATIONAL", "steward.south.up.registry.headcounts-computed.v2"
    )
    assert b"counts" in kept.data
