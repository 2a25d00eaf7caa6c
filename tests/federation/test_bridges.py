"""All that crosses between links and services: what one way meets stops no other, and no trick is taken over."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest
from nats.aio.client import Client
from nats.js.errors import ServiceUnavailableError

from deploy.federation.membership.hub import Hub
from deploy.federation.membership.region import Region
from deploy.federation.transfer.bundle import Carried, deliver
from services.gateway.broker import Broker
from services.gateway.federation.bridge import Bridge
from services.gateway.federation.bridge_routes import up
from shared.tasks import end
from tests.federation.links import Place, federation
from tests.servers import wait_for

pytestmark = pytest.mark.slow(60)

SECONDS = 60
ID = {"Nats-Msg-Id": "huge"}
UP = "steward.{}.up.evaluation.indicator-computed.v1"
DOWN = "steward.hub.down.evaluation.targets-published.v1"


@pytest.fixture
async def linked(tmp_path: Path) -> AsyncIterator[tuple[Place, list[Place]]]:
    async with federation(tmp_path, "north", "south") as places:
        yield places


async def test_what_stops_one_region_stops_no_other(linked: tuple[Place, list[Place]]) -> None:
    hub, (north, south) = linked
    await hub.link("north").delete_stream("NATIONAL_north")
    await hub.link("north").delete_stream("DOWN")
    await south.admin.publish(UP.format("south"), b"figures")
    await hub.admin.publish(DOWN, b"targets")
    await wait_for(partial(hub.holds, "NATIONAL", UP.format("south"), b"figures"), SECONDS)
    await wait_for(partial(south.holds, "DOWN", DOWN, b"targets"), SECONDS)
    await north.admin.publish(UP.format("north"), b"figures")
    await hub.provision()  # made anew, they are filled again
    await wait_for(partial(hub.holds, "NATIONAL", UP.format("north"), b"figures"), SECONDS)
    await wait_for(partial(north.holds, "DOWN", DOWN, b"targets"), SECONDS)


async def test_a_region_that_comes_later_hears_all_that_was_published(
    linked: tuple[Place, list[Place]], tmp_path: Path
) -> None:
    hub, (north, _) = linked
    for number in range(600):  # more than go at a time
        await hub.admin.publish(DOWN, b"%d" % number)
    await wait_for(north.reached("DOWN", 600), SECONDS)
    east = Place.at(tmp_path / "east", "east")
    asking = Region(east.federation)
    asking.join(Hub(hub.federation).add(asking.request("east")))
    hub.server.reload()
    await wait_for(partial(provisioned, hub), 10)
    try:
        await east.start()
        await east.provision()
        east.work()
        await wait_for(east.reached("DOWN", 600), SECONDS)
        messages = [await east.admin.get_msg("DOWN", number) for number in range(1, 601)]
        assert [message.data for message in messages] == [b"%d" % number for number in range(600)]
        await east.admin.publish(UP.format("east"), b"figures")
        await wait_for(partial(hub.holds, "NATIONAL", UP.format("east"), b"figures"), SECONDS)
    finally:
        await east.close()


async def provisioned(hub: Place) -> bool:
    """While the server takes over its accounts, nobody answers for a new one."""
    try:
        await hub.provision()
    except ServiceUnavailableError:
        return False
    return True


async def test_of_headers_only_the_id_is_taken_over(linked: tuple[Place, list[Place]]) -> None:
    """One that tells a stream what to do (expire, roll up) would do it here too."""
    hub, (north, _) = linked
    kept = (await north.link().stream_info("UPLINK_north_1")).config
    await north.link().update_stream(kept.evolve(allow_rollup_hdrs=True))
    await north.admin.publish(UP.format("north"), b"before")
    await wait_for(partial(hub.holds, "NATIONAL", UP.format("north"), b"before"), SECONDS)
    past = "uplink.north.1.evaluation.indicator-computed.v1"  # past the region's own gateway
    await north.admin.publish(past, b"after", headers={"Nats-Msg-Id": "one", "Nats-Rollup": "all", "X": "y"})
    await wait_for(partial(hub.holds, "NATIONAL", UP.format("north"), b"after"), SECONDS)
    last = (await hub.admin.get_last_msg("NATIONAL", UP.format("north"))).headers or {}
    own = {"Steward-Sequence", "Steward-Since", "Nats-Expected-Last-Sequence"}
    assert last.keys() == {"Nats-Msg-Id", *own}
    assert await hub.count("NATIONAL") == 2


async def test_a_file_and_a_link_bring_a_publication_once(linked: tuple[Place, list[Place]]) -> None:
    hub, (north, _) = linked
    carried = [Carried(DOWN, f"id-{number}", b"%d" % number) for number in range(10)]
    assert await deliver(north.admin, carried[:6]) == 6
    await wait_for(north.reached("DOWN", 6), SECONDS)
    for message in carried:
        await hub.admin.publish(message.subject, message.data, headers={"Nats-Msg-Id": message.event_id})
    await wait_for(partial(north.holds, "DOWN", DOWN, b"9"), SECONDS)
    assert await deliver(north.admin, carried) == 0
    assert await north.count("DOWN") == 10


async def test_a_broker_that_came_back_from_a_backup_is_read_anew(tmp_path: Path) -> None:
    """While the gateway goes on: what it knows of the streams was true of others."""
    async with federation(tmp_path, "north", bridges=False) as (_, (north,)):
        broker = Broker(north.settings())
        await broker.connect()
        bridge = Bridge(broker, up("north", 1))
        for words in (b"before", b"lost"):
            for number in range(3):
                await north.admin.publish(UP.format("north"), b"%s %d" % (words, number))
            assert await bridge.forward() == 3
            if words == b"before":
                await asyncio.to_thread(north.server.stop)
                shutil.copytree(north.folder / "nats", tmp_path / "backup")
                await asyncio.to_thread(north.server.start)
                await connected(north, broker)
        await asyncio.to_thread(north.server.stop)
        shutil.rmtree(north.folder / "nats")
        shutil.move(tmp_path / "backup", north.folder / "nats")
        await asyncio.to_thread(north.server.start)
        await connected(north, broker)
        await north.admin.publish(UP.format("north"), b"after")
        assert await bridge.forward() == 1
        assert await north.holds("UPLINK_north_1", UP.format("north"), b"after")
        await broker.close()


async def test_a_connection_that_the_server_ended_for_good_is_made_anew(tmp_path: Path) -> None:
    """By a message above its limit; what crosses goes on."""
    async with federation(tmp_path, "north", bridges=False) as (_, (north,)):
        broker = Broker(north.settings())
        running = asyncio.create_task(broker.run())
        await connected(north, broker)
        bridge = Bridge(broker, up("north", 1))
        for number in range(2):
            await north.admin.publish(UP.format("north"), b"%d" % number)
            assert await bridge.forward() == 1
            client = broker.client
            huge = asyncio.create_task(
                client.publish(UP.format("north"), b"." * client.max_payload, headers=ID)
            )
            await wait_for(partial(reconnected, broker, client), SECONDS)
            huge.cancel()  # on a closed connection it may wait for ever
            await connected(north, broker)
        await end([running])
        await broker.close()


async def reconnected(broker: Broker, before: Client) -> bool:
    return broker._client is not before


async def connected(north: Place, broker: Broker) -> None:
    """Wait until the clients found the server again, and the server its streams."""
    await wait_for(lambda: broker._client and broker._client.is_connected, SECONDS)
    await wait_for(lambda: north.clients[0].is_connected, SECONDS)
    await north.count("UPLINK_north_1")
