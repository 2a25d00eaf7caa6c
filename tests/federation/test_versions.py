"""Hub and region a version apart, over a real link: what one knows it takes, the rest it keeps."""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, ClassVar

import msgspec
import pytest

from deploy.data_folder.issuer import Issuer
from services.planning.catalogue.commands.catalogue import delivered
from services.planning.catalogue.content import entry
from shared.events.event import Event, Reach
from shared.events.planning import CataloguePublished
from shared.events.registry import HeadcountsComputed, UnitsChanged, UnitState
from shared.messaging.subscriptions import Batch, Consumers, Received, Session
from shared.settings import Settings
from tests.federation.links import Place, federation
from tests.federation.served import Publisher, applied, ids, reading, served, settings_of
from tests.registry.builders import plant
from tests.served import Client
from tests.servers import Databases, wait_for

URL = "/v1/national/headcounts"
SECONDS = 60  # sourcing looks for its other side every 10 s or so
FIRST = delivered()["version"]  # the catalogue that a region has when it starts
HEADCOUNTS = "registry-national-registry-headcounts-computed-v1"
CATALOGUES = "planning-planning-catalogue-published-v1"


class LaterHeadcounts(Event, frozen=True, kw_only=True):
    """As a release to come publishes and reads them."""

    service: ClassVar[str] = "registry"
    fact: ClassVar[str] = "headcounts-computed"
    reach: ClassVar[Reach] = Reach.UP
    version: ClassVar[int] = 2

    counts: dict[str, list[int]]


class LaterCatalogue(Event, frozen=True, kw_only=True):
    """As a release to come publishes and reads it."""

    service: ClassVar[str] = "planning"
    fact: ClassVar[str] = "catalogue-published"
    reach: ClassVar[Reach] = Reach.DOWN
    version: ClassVar[int] = 2

    parts: list[str]


@dataclass
class Linked:
    """A hub with registry, its region south with planning, its region east; who publishes at each."""

    hub: Place
    south: Place
    east: Place
    registry: Settings
    planning: Settings
    national: Client
    regional: Client
    down: Publisher
    from_south: Publisher
    from_east: Publisher


@pytest.fixture(scope="module")
async def linked(
    tmp_path_factory: pytest.TempPathFactory,
    databases: Databases,
    issuer: Issuer,
    jwks_path: Path,
    token: Any,
) -> AsyncIterator[Linked]:
    async with AsyncExitStack() as stack:
        folder = tmp_path_factory.mktemp("versions")
        hub, (south, east) = await stack.enter_async_context(federation(folder, "south", "east"))
        registry, planning = (
            settings_of(place, service, issuer, jwks_path, databases.fresh(service))
            for place, service in ((hub, "registry"), (south, "planning"))
        )
        for used in (registry, planning):
            stack.callback(databases.drop, used.database_url)
        national = await stack.enter_async_context(served(hub, registry))
        await plant(national.using(token("hris", units=("SL",))))  # a process has one instance's name
        regional = await stack.enter_async_context(served(south, planning))
        publishers = [await Publisher.at(hub, "planning")]
        publishers += [await Publisher.at(place, "registry") for place in (south, east)]
        yield Linked(
            hub, south, east, registry, planning,
            national.using(token("programme-manager", units=("SL",))), regional.using(token("ops")),
            *publishers,
        )  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
async def units(linked: Linked) -> None:
    """Each region's own top unit."""
    for name, publisher in (("south", linked.from_south), ("east", linked.from_east)):
        top = UnitState(
            unit_code=name.upper(), version=1, level="region", type="x", open_from=date(2000, 1, 1)
        )
        await publisher.send(UnitsChanged.subject(name), {"items": [msgspec.to_builtins(top)]})


def headcount(region: str, version: int, count: int, **more: Any) -> dict[str, Any]:
    item = {"unit_code": region.upper(), "level": "B", "version": version, "people": count, "women": 5}
    return {"items": [item | more]}


async def people(hub: Client, expected: int) -> dict[str, Any]:
    async def same() -> dict[str, Any] | None:
        found: dict[str, Any] = (await hub.get(URL, params={"level": "B"})).json
        return found if found["national"]["people"] == expected else None

    return await wait_for(same, SECONDS)


async def test_a_region_ahead_adds_fields_that_the_hub_does_not_know(linked: Linked) -> None:
    data = headcount("south", 1, 40, nurses=12, as_of="2026-11-23", suppressed=False) | {"edition": 3}
    subject = HeadcountsComputed.subject("south")
    event = await linked.from_south.send(subject, data, epoch=1, ward="seven", traceparent=None)
    found = await people(linked.national, 40)
    assert "nurses" not in found["regions"][0]
    assert event in await applied(linked.registry.database_url, HEADCOUNTS)


async def test_a_region_behind_lacks_fields_that_the_hub_knows(linked: Linked) -> None:
    """Neither as_of nor suppressed, nor an epoch."""
    await linked.from_east.send(HeadcountsComputed.subject("east"), headcount("east", 1, 10))
    found = await people(linked.national, 50)
    east = found["regions"][0]
    assert (east["region"], east["epoch"], east["as_of"], east["suppressed"]) == ("east", 1, None, False)


async def test_a_later_version_from_a_region_waits_and_stops_nothing(linked: Linked) -> None:
    """Until a reader of that version exists; that one reads it once, and from the beginning."""
    before = await ids(linked.hub, "NATIONAL")
    waiting = await linked.from_south.send(LaterHeadcounts.subject("south"), {"counts": {"B": [99]}})
    after = await linked.from_south.send(HeadcountsComputed.subject("south"), headcount("south", 2, 45))
    await people(linked.national, 55)
    assert await ids(linked.hub, "NATIONAL") - before == Counter([waiting, after])
    read = await applied(linked.registry.database_url, HEADCOUNTS)
    assert (after in read, waiting in read) == (True, False)
    consumers, seen = Consumers("registry"), list[Received[LaterHeadcounts]]()

    @consumers.national(LaterHeadcounts)
    async def take(_: Session, events: Batch[LaterHeadcounts]) -> None:
        seen.extend(events)

    async with reading(linked.hub, linked.registry, consumers):
        await wait_for(lambda: seen, SECONDS)
        await linked.from_south.send(LaterHeadcounts.subject("south"), {"counts": {"B": [100]}})
        await wait_for(lambda: len(seen) > 1, SECONDS)
    assert [(str(one.id), one.instance, one.data.counts) for one in seen] == [
        (waiting, "south", {"B": [99]}),
        (linked.from_south.sent[-1], "south", {"B": [100]}),
    ]


async def test_what_went_up_is_there_once(linked: Linked) -> None:
    for name, publisher in (("south", linked.from_south), ("east", linked.from_east)):
        assert await ids(linked.hub, f"NATIONAL_{name}") == Counter(publisher.sent)
    both = Counter(linked.from_south.sent + linked.from_east.sent)
    assert await ids(linked.hub, "NATIONAL") == both
    read = [await applied(linked.registry.database_url, name) for name in await readers(linked)]
    assert Counter(event for each in read for event in each) == both
    assert await linked.hub.count("DLQ") == 0


async def readers(linked: Linked) -> list[str]:
    """All that read NATIONAL."""
    return [str(found.name) for found in await linked.hub.admin.consumers_info("NATIONAL")]


def catalogue(version: int, hours: int, **more: Any) -> dict[str, Any]:
    """A publication of one intervention, OFFER-01."""
    item = delivered()["interventions"][0] | {"code": "OFFER-01", "hours": hours}
    content = {**msgspec.to_builtins(entry(item)), **more}
    return {"catalogue_version": version, "intervention_codes": ["OFFER-01"], "interventions": [content]}


async def offered(linked: Linked, hours: int) -> dict[str, Any]:
    async def same() -> dict[str, Any] | None:
        answer = await linked.regional.get("/v1/interventions/OFFER-01")
        return dict(answer.json) if answer.status == 200 and answer.json["hours"] == hours else None

    return await wait_for(same, SECONDS)


async def test_a_hub_ahead_adds_fields_that_its_regions_do_not_know(linked: Linked) -> None:
    data = catalogue(FIRST + 1, 11, accredited_by="council") | {"valid_to": "2027-12-31"}
    event = await linked.down.send(CataloguePublished.subject("hub"), data, epoch=1, ward="seven")
    assert "accredited_by" not in await offered(linked, 11)
    assert event in await applied(linked.planning.database_url, CATALOGUES)


async def test_a_later_version_from_the_hub_waits_and_stops_nothing(linked: Linked) -> None:
    before = await ids(linked.south, "DOWN")
    waiting = await linked.down.send(LaterCatalogue.subject("hub"), {"parts": ["a"]})
    after = await linked.down.send(CataloguePublished.subject("hub"), catalogue(FIRST + 2, 12))
    await offered(linked, 12)
    assert await ids(linked.south, "DOWN") - before == Counter([waiting, after])
    read = await applied(linked.planning.database_url, CATALOGUES)
    assert (after in read, waiting in read) == (True, False)
    consumers, seen = Consumers("planning"), list[Received[LaterCatalogue]]()

    @consumers.batch(LaterCatalogue)
    async def take(_: Session, events: Batch[LaterCatalogue]) -> None:
        seen.extend(events)

    async with reading(linked.south, linked.planning, consumers):
        await wait_for(lambda: seen, SECONDS)
        await linked.down.send(LaterCatalogue.subject("hub"), {"parts": ["b"]})
        await wait_for(lambda: len(seen) > 1, SECONDS)
    assert [(str(one.id), one.instance, one.data.parts) for one in seen] == [
        (waiting, "hub", ["a"]),
        (linked.down.sent[-1], "hub", ["b"]),
    ]


async def test_a_hub_behind_lacks_fields_that_its_regions_know(linked: Linked) -> None:
    """First a release that sent no content at all, then one without prerequisites; neither has an epoch."""
    data = catalogue(FIRST + 4, 14)
    del data["interventions"]
    bare = await linked.down.send(CataloguePublished.subject("hub"), data)
    data = catalogue(FIRST + 3, 13)
    del data["interventions"][0]["prerequisites"]
    event = await linked.down.send(CataloguePublished.subject("hub"), data)
    assert (await offered(linked, 13))["prerequisites"] == []
    assert {bare, event} <= await applied(linked.planning.database_url, CATALOGUES)


async def test_what_came_down_is_there_once(linked: Linked) -> None:
    sent = Counter(linked.down.sent)
    for region in (linked.south, linked.east):
        await wait_for(region.reached("DOWN", len(linked.down.sent)), SECONDS)
        assert await ids(region, "DOWN") == sent
    names = (CATALOGUES, CATALOGUES.replace("-v1", "-v2"))
    read = [await applied(linked.planning.database_url, name) for name in names]
    assert Counter(event for each in read for event in each) == sent
    assert await linked.south.count("DLQ") == 0
