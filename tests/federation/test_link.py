"""The link itself, on real servers with mutual TLS: what passes, what cannot, who may be told to go."""

import asyncio
import json
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import TimeoutError as NatsTimeout
from nats.js.api import StreamSource, SubjectTransform
from nats.js.errors import NoStreamResponseError

from deploy.broker.provision import durable_config
from deploy.federation.broker.leaf_configuration import SYSTEM
from deploy.federation.broker.streams import at_region, close_links
from deploy.federation.membership.hub import ACTIVE, SUSPENDED, Hub
from deploy.federation.membership.region import Region
from deploy.federation.store.membership_store import Folder
from shared.federation.protocol import heartbeat_subject
from shared.messaging.subscriptions import Durable
from tests.federation.links import Place, federation
from tests.servers import wait_for

UP = "steward.{}.up.evaluation.indicator-computed.v1"
LOCAL = "steward.{}.local.registry.people-changed.v1"
DOWN = "steward.hub.down.assessment.framework-published.v1"
FORGED = "uplink.north.forged"
READER = "planning-national-registry-units-changed-v1"  # a durable that the service may read by
SECONDS = 60  # sourcing looks for its other side every 10 s or so, and after a failure more rarely


@pytest.fixture(scope="module")
async def linked(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Place, list[Place]]]:
    async with federation(tmp_path_factory.mktemp("links"), "north", "south") as places:
        yield places


async def test_figures_go_up_and_publications_come_down(linked: tuple[Place, list[Place]]) -> None:
    hub, regions = linked
    for place in regions:
        await asyncio.gather(*[place.admin.publish(UP.format(place.name), b"figures") for _ in range(200)])
        await place.admin.publish(LOCAL.format(place.name), b"people")
    for _ in range(20):
        await hub.admin.publish(DOWN, b"framework")
    await wait_for(hub.reached("NATIONAL", 400), SECONDS)
    for place in regions:
        await wait_for(place.reached("DOWN", 20), SECONDS)
        assert await hub.count(f"NATIONAL_{place.name}") == 200


async def test_what_is_local_reaches_no_subscriber_at_the_hub(linked: tuple[Place, list[Place]]) -> None:
    hub, (north, _) = linked
    seen: list[str] = []

    async def note(message: Msg) -> None:
        seen.append(message.subject)

    client = await hub.client()
    for subject in ("steward.*.local.>", "steward.>", "dlq.>"):
        await client.subscribe(subject, cb=note)
    await client.flush()
    before = await hub.count("NATIONAL_north")
    await north.admin.publish(LOCAL.format("north"), b"people")
    await north.admin.publish(UP.format("north"), b"figures")  # after it: what was to leave has left
    await wait_for(hub.reached("NATIONAL_north", before + 1), SECONDS)
    assert seen == []


async def test_a_region_cannot_speak_for_another(linked: tuple[Place, list[Place]]) -> None:
    hub, (north, _) = linked
    came = [await hub.count(f"NATIONAL_{name}") for name in ("north", "south")]
    await wait_for(hub.reached("NATIONAL", sum(came)), SECONDS)
    before = came[1], await hub.count("NATIONAL")
    await accept_any(north)  # as its administrator, who may do anything there
    await north.admin.publish(UP.format("south").replace("steward.south.up", FORGED), b"forged")
    at_north = await hub.count("NATIONAL_north")
    await north.admin.publish(UP.format("north"), b"figures")
    await wait_for(hub.reached("NATIONAL_north", at_north + 1), SECONDS)
    await wait_for(hub.reached("NATIONAL", before[1] + 1), SECONDS)
    assert (await hub.count("NATIONAL_south"), await hub.count("NATIONAL")) == (before[0], before[1] + 1)


async def accept_any(region: Place) -> None:
    """Let a region's uplink say what another region would say, beside its own."""
    uplink, _ = at_region(region.name, "hub", 1)
    names = SubjectTransform(f"{FORGED}.>", "steward.south.up.>")
    await region.link().add_stream(name="FORGED", subjects=[f"{FORGED}.>"], subject_transform=names)
    await region.link().update_stream(uplink.evolve(sources=[StreamSource("FORGED")]))


async def test_a_service_speaks_for_its_own_region_alone(linked: tuple[Place, list[Place]]) -> None:
    _, (north, _) = linked
    jetstream = (await north.client("evaluation")).jetstream()
    before = await north.count("UP")
    for subject in (UP.format("south"), UP.format("hub"), DOWN):
        with pytest.raises((NoStreamResponseError, NatsTimeout, TimeoutError)):
            await jetstream.publish(subject, b"forged", timeout=0.3)
    assert await north.count("UP") == before


async def test_a_suspended_region_is_cut_and_its_neighbour_is_not(linked: tuple[Place, list[Place]]) -> None:
    hub, (north, south) = linked
    members = Hub(hub.federation)
    members.set_state("south", SUSPENDED)
    hub.server.reload()
    closed = await wait_for(partial(close, hub, members), 10)
    assert closed == ["steward-south"]
    before = await hub.count("NATIONAL_south"), await hub.count("NATIONAL_north")
    await south.admin.publish(UP.format("south"), b"while suspended")
    await north.admin.publish(UP.format("north"), b"as ever")
    await wait_for(hub.reached("NATIONAL_north", before[1] + 1), SECONDS)
    assert await hub.count("NATIONAL_south") == before[0]
    members.set_state("south", ACTIVE)
    hub.server.reload()
    await wait_for(hub.reached("NATIONAL_south", before[0] + 1), SECONDS)


async def close(hub: Place, members: Hub) -> list[str]:
    active = [member.region for member in members.members(active=True)]
    return await close_links(await hub.client(SYSTEM), active)


async def test_who_was_not_admitted_gets_no_link(linked: tuple[Place, list[Place]], tmp_path: Path) -> None:
    hub, regions = linked
    removed, foreign = Place.at(tmp_path / "east", "east"), Place.at(tmp_path / "west", "west")
    members = Hub(hub.federation)
    asking = Region(removed.federation)
    asking.join(members.add(asking.request("east")))  # a certificate of this hub, but no member any more
    members.remove("east")
    other = Hub(Folder(tmp_path / "other"))  # a member by its key, with the certificate of another authority
    other.init("hub", ["127.0.0.1"], hub.server.link_port)
    asking = Region(foreign.federation)
    request = asking.request("west")
    asking.join(members.add(request))
    asking.folder.write("link.pem", other.add(request)["certificate"].encode())
    hub.server.reload()
    try:
        for place in (removed, foreign):
            await place.start()
        for reason in ("authentication error - Nkey", "certificate signed by unknown authority"):
            await wait_for(hub.logged(reason), 20)
        system = await hub.client(SYSTEM)
        answer = json.loads((await system.request("$SYS.REQ.SERVER.PING.LEAFZ", b"{}", timeout=5)).data)
        names = {leaf["name"] for leaf in answer["data"]["leafs"]}
        assert names == {f"steward-{place.name}" for place in regions}
    finally:
        for place in (removed, foreign):
            await place.close()


async def test_a_beat_reaches_the_hub_and_only_the_last_one_is_kept(
    linked: tuple[Place, list[Place]],
) -> None:
    hub, regions = linked
    for place in regions:
        gateway = await place.client("gateway")

        async def beaten(place: Place = place, gateway: Client = gateway) -> bool:
            await gateway.publish(heartbeat_subject(place.name), place.name.encode())
            return await hub.holds("BEATS", heartbeat_subject(place.name), place.name.encode())

        await wait_for(beaten, SECONDS)
    kept = [(await hub.link(place.name).stream_info("BEATS")).state.messages for place in regions]
    assert kept == [1, 1]


async def test_a_region_cannot_beat_for_another(linked: tuple[Place, list[Place]]) -> None:
    hub, (north, _) = linked
    gateway, administrator = await north.client("gateway"), await north.client()
    for client in (gateway, administrator):
        await client.publish(heartbeat_subject("south"), b"forged")
        await client.publish(heartbeat_subject("north"), b"after it")
    await wait_for(partial(hub.holds, "BEATS", heartbeat_subject("north"), b"after it"), SECONDS)
    assert not await hub.holds("BEATS", heartbeat_subject("south"), b"forged")


async def test_a_hubs_services_read_what_regions_published(linked: tuple[Place, list[Place]]) -> None:
    hub, (north, _) = linked
    durable = Durable("NATIONAL", READER, UP.format("*"))
    await hub.admin.add_consumer(durable.stream, durable_config(durable))
    await north.admin.publish(UP.format("north"), b"to be read")
    jetstream = (await hub.client("planning")).jetstream()
    reading = await jetstream.pull_subscribe_bind(READER, "NATIONAL")

    async def read() -> bool:
        messages = await reading.fetch(50, timeout=5)
        for message in messages:
            await message.ack_sync()
        return b"to be read" in [message.data for message in messages]

    await wait_for(read, SECONDS)
    assert (await reading.consumer_info()).num_ack_pending == 0
