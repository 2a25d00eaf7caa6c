"""Servers that were changed, on a real link: what they reach ends where the link ends.

nats-server checks what a link may say by the subject of a message, and takes the subject from the
reply afterwards where that looks like a delivery's. And who reads a stream of another server answers
control messages on any subject that they name. Both are used here, in both directions; that each
works is seen in the account where the link ends, and that it ends there in the services'.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest

from deploy.local.processes import free_port
from shared.federation.protocol import heartbeat_subject, uplink
from tests.federation.links import Place, federation
from tests.federation.rogue import DELIVERY, Rogue, RogueHub, control, message, stalled, until_pong
from tests.federation.wire import messages
from tests.federation.wiretap import Line
from tests.servers import wait_for

pytestmark = pytest.mark.slow(35)

SECONDS = 60
UP = "steward.{}.up.evaluation.indicator-computed.v1"
LOCAL = "steward.{}.local.registry.people-changed.v1"
DOWN = "steward.hub.down.assessment.framework-published.v1"
SPY = "_FED.up.north.spy"


@pytest.fixture
async def linked(tmp_path: Path) -> AsyncIterator[tuple[Place, list[Place]]]:
    async with federation(tmp_path, "north", "south") as (hub, regions):
        await hub.admin.publish(LOCAL.format("hub"), b"people")
        await hub.admin.publish(DOWN, b"framework")
        for place in regions:
            await place.admin.publish(UP.format(place.name), b"figures")
        await wait_for(hub.reached("NATIONAL", 2), SECONDS)
        yield hub, regions


async def test_a_forged_delivery_ends_in_its_own_regions_stream(tmp_path: Path) -> None:
    """And NATIONAL, which is what services read, has nothing that is not the region's own."""
    port, lines = free_port(), list[Line]()

    async def opening(hub: Place) -> None:
        lines.append(Line(tmp_path, ["north", "south"], hub.server.link_port, port))
        await lines[0].open()

    async with federation(tmp_path, "north", "south", via=port, opening=opening) as (hub, (north, south)):
        line = lines[0]
        for place in (north, south):
            await place.admin.publish(UP.format(place.name), b"figures")
        await wait_for(hub.reached("NATIONAL", 2), SECONDS)
        (reply,) = [one.reply for flow in line.flows["north"] for one in messages(bytes(flow)) if one.event]
        forged = reply.partition("@")[0].replace(".1.1.1.", ".1.2.2.") + "@" + UP.format("south")
        (box,) = await boxes(hub, north)
        await Rogue(hub, north).say(box, b"forged", forged)
        await wait_for(partial(hub.holds, "NATIONAL_north", UP.format("south"), b"forged"), 10)
        for number in range(3):  # the hub has the first one's number already: it goes on from there
            await north.admin.publish(UP.format("north"), b"own %d" % number)
        await wait_for(partial(hub.holds, "NATIONAL", UP.format("north"), b"own 2"), SECONDS)
        assert await hub.holds("NATIONAL", UP.format("south"), b"figures")
        assert await hub.count("NATIONAL_south") == 1
        await line.cut()


async def boxes(hub: Place, region: Place) -> list[str]:
    """Where the hub's source of a region's events listens: it says so to who calls."""
    said = await Rogue(hub, region).say(heartbeat_subject(region.name), b"{}")
    lines = [line.split() for line in said.splitlines()]
    found = {words[1] for words in lines if words[0] == "LS+" and words[1].startswith("_FED.up.")}
    return sorted(found)


async def test_a_changed_region_cannot_beat_for_another(linked: tuple[Place, list[Place]]) -> None:
    hub, (north, south) = linked
    gateway = await south.client("gateway")

    async def beaten() -> bool:
        await gateway.publish(heartbeat_subject("south"), b"own")
        return await hub.holds("BEATS", heartbeat_subject("south"), b"own")

    await wait_for(beaten, SECONDS)
    await Rogue(hub, north).say(heartbeat_subject("north"), b"forged", DELIVERY + heartbeat_subject("south"))
    assert await hub.holds("BEATS", heartbeat_subject("south"), b"own")


async def intact(hub: Place) -> None:
    """What is the hub's own and what came from another region are as they were."""
    assert {
        stream: await hub.count(stream) for stream in ("LOCAL", "DOWN", "NATIONAL", "NATIONAL_south")
    } == {
        "LOCAL": 1,
        "DOWN": 1,
        "NATIONAL": 2,
        "NATIONAL_south": 1,
    }


async def test_a_changed_region_cannot_ask_anything_of_its_hubs_streams(
    linked: tuple[Place, list[Place]],
) -> None:
    hub, (north, _) = linked
    asked = "$JS.hub.API.STREAM.INFO.DOWN"
    for what in ("DELETE.NATIONAL", "DELETE.NATIONAL_south", "PURGE.LOCAL", "DELETE.DOWN"):
        await Rogue(hub, north).say(asked, b"", f"{DELIVERY}$JS.API.STREAM.{what}")
    await intact(hub)
    assert "DOWN" not in {found.config.name for found in await hub.link("north").streams_info()}  # it works


@pytest.mark.parametrize("trick", [control, stalled])
async def test_a_changed_region_cannot_make_its_hub_say_anything(
    linked: tuple[Place, list[Place]], trick: Callable[[str, str], bytes]
) -> None:
    hub, (north, _) = linked
    (box,) = await boxes(hub, north)
    for what in ("PURGE.LOCAL", "PURGE.DOWN", "DELETE.NATIONAL", "DELETE.NATIONAL_south"):
        await Rogue(hub, north).speak(trick(box, f"$JS.API.STREAM.{what}"))

    async def purged() -> bool:
        return not (await hub.link("north").stream_info("DOWN")).state.messages

    await wait_for(purged, 10)  # it works
    await intact(hub)


@asynccontextmanager
async def misled(folder: Path) -> AsyncIterator[tuple[Place, RogueHub]]:
    """A region with something local, something up, and a changed hub at the other end of its link."""
    port, hubs = free_port(), list[RogueHub]()

    async def opening(hub: Place) -> None:
        hubs.append(RogueHub(hub, port))
        await hubs[0].listen()

    async with federation(folder, "north", via=port, opening=opening) as (_, (north,)):
        try:
            await north.admin.publish(LOCAL.format("north"), b"people")
            await north.admin.publish(UP.format("north"), b"figures")
            await wait_for(north.reached(uplink("north", 1), 1), SECONDS)
            yield north, hubs[0]
            assert (await north.count("LOCAL"), await north.count("UP")) == (1, 1)
            assert await north.admin.consumers_info("UP") == []
        finally:
            hubs[0].close()


async def test_a_changed_hub_cannot_make_its_region_say_what_is_local(tmp_path: Path) -> None:
    async with misled(tmp_path) as (_, hub):
        said, way = "", f"$JS.north.API.CONSUMER.CREATE.{uplink('north', 1)}"
        for stream in ("LOCAL", "UP"):
            for question in ("CONSUMER.CREATE", "STREAM.PURGE", "STREAM.DELETE"):
                said += await ask(hub, way, stream, f"{DELIVERY}$JS.API.{question}.{stream}")
        async with asyncio.timeout(10):
            while "figures" not in said:  # it works
                forged = f"{DELIVERY}$JS.API.CONSUMER.CREATE.{uplink('north', 1)}"
                said += await ask(hub, way, uplink("north", 1), forged)
        assert "people" not in said


@pytest.mark.parametrize("trick", [control, stalled])
async def test_a_changed_hub_cannot_make_its_region_say_anything(
    tmp_path: Path, trick: Callable[[str, str], bytes]
) -> None:
    async with misled(tmp_path) as (north, hub):
        box = await hub.box("DOWN")

        async def purged() -> bool:
            for stream in ("LOCAL", "UP", uplink("north", 1)):
                hub.writer.write(trick(box, f"$JS.API.STREAM.PURGE.{stream}"))
            return await north.count(uplink("north", 1)) == 0

        await wait_for(purged, 10)  # it works


async def ask(hub: RogueHub, subject: str, stream: str, reply: str) -> str:
    """What a region says to a hub that asks for a consumer of a stream; a consumer delivers after it was made."""
    config = {
        "deliver_subject": SPY,
        "ack_policy": "none",
        "deliver_policy": "all",
        "replay_policy": "instant",
    }
    asked = json.dumps({"stream_name": stream, "config": config}).encode()
    hub.writer.write(f"LS+ {SPY}\r\n".encode())
    said = ""
    for _ in range(3):
        hub.writer.write(message(subject, asked, reply) + b"PING\r\n")
        said += await until_pong(hub.reader)
    return said
