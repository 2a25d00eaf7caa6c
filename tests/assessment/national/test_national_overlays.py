"""A hub's view of what its regions measure roles against."""

from collections.abc import AsyncIterator, Callable
from datetime import date

import asyncpg
import pytest
import pytest_asyncio

from services.assessment.frameworks.commands import instruments
from shared.events import envelope
from shared.events.assessment import OverlayPublished, ProfilesPublished, RoleOverlay
from shared.events.framework import COMPETENCIES
from shared.events.registry import UnitsChanged, UnitState
from tests.federated import AS_ADMIN, TRACE, Regions, regions_of_hub
from tests.served import Client, application
from tests.servers import INSTANCE, wait_for

pytestmark = pytest.mark.asyncio(loop_scope="module")
OVERLAYS = "/v1/national/overlays"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def regions(nats_url: str) -> AsyncIterator[Regions]:
    async with regions_of_hub(nats_url, "assessment") as found:
        root = UnitState(unit_code="ROOT", version=1, level="country", type="x", open_from=date(2000, 1, 1))
        await found.publish(INSTANCE, UnitsChanged(items=[root]))  # the hub itself
        yield found


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def hub(settings, serve, token, regions: Regions) -> AsyncIterator[Client]:
    instruments._known.clear()
    client = await serve(application(settings("assessment", federation="hub", **AS_ADMIN)))
    manager = client.using(token("programme-manager", units=("ROOT",)))

    async def known() -> bool:
        return (await manager.get(OVERLAYS)).status == 200

    await wait_for(known)
    yield manager


def overlay(role_code: str, version: int, target: int, places: int = len(COMPETENCIES)) -> OverlayPublished:
    item = RoleOverlay(
        role_code=role_code, version=version, level="B", setting="facility", title={"en": role_code},
        framework_code="steward-core", framework_version=1, targets=[target] * places, weights=[2] * places,
    )  # fmt: skip
    return OverlayPublished(items=[item])


async def test_the_newest_of_each_region_and_role_is_listed(hub: Client, regions: Regions) -> None:
    await regions.publish("south", overlay("ward-manager", 3, 350))
    await regions.publish("south", overlay("ward-manager", 2, 300))
    await regions.publish("east", overlay("ward-manager", 7, 400))
    await regions.publish("east", overlay("lost-with-the-server", 1, 400))
    await regions.publish("east", overlay("ward-manager", 5, 425), epoch=2)
    await regions.publish("east", overlay("ward-manager", 9, 100))
    again = await regions.publish("east", overlay("matron", 1, 450), epoch=2)
    await regions.publish("east", overlay("matron", 1, 450), event_id=again, epoch=2)
    await regions.publish("south", overlay("matron", 1, 500))

    async def listed() -> list[dict] | None:
        items = (await hub.get(OVERLAYS)).json["items"]
        named = [
            (one["region"], one["role_code"], one["version"], one["epoch"], one["profile"]["QM"]["target"])
            for one in items
        ]
        wanted = [
            ("east", "matron", 1, 2, 4.5),
            ("east", "ward-manager", 5, 2, 4.25),
            ("south", "matron", 1, 1, 5),
            ("south", "ward-manager", 3, 1, 3.5),
        ]
        return items if named == wanted else None

    found = (await wait_for(listed))[0]
    assert found.pop("received_at")
    assert found == {
        "region": "east", "role_code": "matron", "version": 1, "epoch": 2, "framework_code": "steward-core",
        "framework_version": 1, "level": "B", "setting": "facility", "name": {"en": "matron"},
        "profile": {code: {"target": 4.5, "weight": 2} for code in COMPETENCIES}, "trace_id": TRACE,
    }  # fmt: skip


async def test_one_region_and_pages(hub: Client) -> None:
    south = (await hub.get(OVERLAYS, params={"region": "south"})).json["items"]
    assert [one["role_code"] for one in south] == ["matron", "ward-manager"]
    page = (await hub.get(OVERLAYS, params={"limit": 3})).json
    rest = (await hub.get(OVERLAYS, params={"cursor": page["next"]})).json
    assert [(one["region"], one["role_code"]) for one in rest["items"]] == [("south", "ward-manager")]


async def test_one_over_other_competencies_harms_nobody(hub: Client, regions: Regions) -> None:
    await regions.publish("west", overlay("ward-manager", 1, 400, places=12))
    await regions.publish("west", overlay("matron", 1, 400))

    async def listed() -> bool:
        items = (await hub.get(OVERLAYS, params={"region": "west"})).json["items"]
        return [one["role_code"] for one in items] == ["matron"]

    await wait_for(listed)


async def test_who_may_read_it(hub: Client, token) -> None:
    assert (await hub.using(token("ops", units=("ROOT",))).get(OVERLAYS)).status == 200
    assert (await hub.using(token("leader", units=("ROOT",))).get(OVERLAYS)).code == "role-missing"
    assert (await hub.using(token("ops", units=("SOUTH",))).get(OVERLAYS)).code == "unit-out-of-scope"


async def test_a_hubs_own_profile_goes_down_and_is_no_regions_overlay(
    hub: Client, service_database: Callable[[str], str]
) -> None:
    profile = "/v1/role-profiles/ward-manager"
    before = await hub.get(profile)
    own = {name: before.json[name] for name in ("level", "setting", "name")}
    own["profile"] = {code: {"target": 4.25, "weight": 3} for code in COMPETENCIES}
    put = await hub.put(profile, json=own, if_match=before.headers["ETag"])
    assert (put.status, put.json["version"]) == (200, 2)
    connection = await asyncpg.connect(service_database("assessment"))
    rows = await connection.fetch(
        "select subject, payload from outbox where subject ~ '(overlay|profiles)-published'"
    )
    await connection.close()
    (row,) = rows
    assert row["subject"] == f"steward.{INSTANCE}.down.assessment.profiles-published.v1"
    said = envelope.decoder(ProfilesPublished).decode(row["payload"]).data
    assert said.profiles_version == 2
    assert said.items == [
        RoleOverlay(
            role_code="ward-manager", version=2, level="B", setting="facility", title=before.json["name"],
            framework_code="steward-core", framework_version=1, targets=[425] * 11, weights=[3] * 11,
        )
    ]  # fmt: skip
    assert (await hub.get(OVERLAYS, params={"region": INSTANCE})).json["items"] == []
