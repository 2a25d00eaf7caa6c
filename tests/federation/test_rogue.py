"""Servers that were changed, on a real link: what the other side's own server still keeps from them.

nats-server checks what a link may say by the subject of a message, and then takes the subject from the
reply where that looks like a delivery's. What is marked as failing is open; it must not be forgotten.
"""

import json
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest
from nats.js.errors import NotFoundError

from deploy.federation.configuration import beat, uplink
from deploy.local.processes import free_port
from tests.federation.links import Place, federation
from tests.federation.rogue import DELIVERY, Rogue, RogueHub, message, until_pong
from tests.servers import wait_for

SECONDS = 60
UP = "steward.{}.up.evaluation.indicator-computed.v1"
LOCAL = "steward.north.local.registry.people-changed.v1"
SPY = "_FED.up.north.spy"
OPEN = "nats-server takes the subject after the permission was checked"


@pytest.fixture
async def linked(tmp_path: Path) -> AsyncIterator[tuple[Place, list[Place]]]:
    async with federation(tmp_path, "north", "south") as places:
        yield places


async def test_a_forged_delivery_ends_in_its_own_regions_stream(linked: tuple[Place, list[Place]]) -> None:
    """And NATIONAL, which is what services read, filters it out on the hub's own server."""
    hub, (north, south) = linked
    replies: list[str] = []

    async def note(delivered: object) -> None:
        replies.append(str(getattr(delivered, "reply", "")))

    spy = await north.client()
    await spy.subscribe("_FED.up.north.>", cb=note)
    await spy.flush()
    for place in (north, south):
        await place.admin.publish(UP.format(place.name), b"figures")
    await wait_for(hub.reached("NATIONAL", 2), SECONDS)
    (reply,) = replies
    forged = reply.replace(".1.1.1.", ".1.2.2.") + "@" + UP.format("south")
    (box,) = await boxes(hub, north)
    await Rogue(hub, north).say(box, b"forged", forged)
    await wait_for(partial(hub.holds, "NATIONAL_north", UP.format("south"), b"forged"), 10)
    for number in range(3):  # the hub has the first one's number already: it goes on from there
        await north.admin.publish(UP.format("north"), b"own %d" % number)
    await wait_for(partial(hub.holds, "NATIONAL", UP.format("north"), b"own 2"), SECONDS)
    assert await hub.holds("NATIONAL", UP.format("south"), b"figures")
    assert await hub.count("NATIONAL_south") == 1


async def boxes(hub: Place, region: Place) -> list[str]:
    """Where the hub's source of a region's events listens: it says so to who calls."""
    said = await Rogue(hub, region).say(beat(region.name), b"{}")
    lines = [line.split() for line in said.splitlines()]
    found = {words[1] for words in lines if words[0] == "LS+" and words[1].startswith("_FED.up.")}
    return sorted(found)


@pytest.mark.xfail(reason=OPEN, strict=True, raises=AssertionError)
async def test_a_changed_region_cannot_beat_for_another(linked: tuple[Place, list[Place]]) -> None:
    hub, (north, south) = linked
    gateway = await south.client("gateway")

    async def beaten() -> bool:
        await gateway.publish(beat("south"), b"own")
        return await hub.holds("BEATS", beat("south"), b"own")

    await wait_for(beaten, SECONDS)
    await Rogue(hub, north).say(beat("north"), b"forged", DELIVERY + beat("south"))
    assert await hub.holds("BEATS", beat("south"), b"own")


@pytest.mark.xfail(reason=OPEN, strict=True, raises=NotFoundError)
async def test_a_changed_region_cannot_ask_anything_of_its_hubs_streams(
    linked: tuple[Place, list[Place]],
) -> None:
    hub, (north, _) = linked
    asked = "$JS.hub.API.STREAM.INFO.DOWN"
    await Rogue(hub, north).say(asked, b"", DELIVERY + "$JS.API.STREAM.DELETE.NATIONAL_south")
    await hub.admin.stream_info("NATIONAL_south")


@pytest.mark.xfail(reason=OPEN, strict=True, raises=AssertionError)
async def test_a_changed_hub_cannot_make_its_region_say_what_is_local(tmp_path: Path) -> None:
    port = free_port()
    async with federation(tmp_path, "north", via=port) as (hub, (north,)):
        await north.admin.publish(LOCAL, b"people")
        listening = RogueHub(hub, port)
        server = await listening.listen()
        reader, writer = await listening.called()
        config = {
            "deliver_subject": SPY, "ack_policy": "none", "deliver_policy": "all", "replay_policy": "instant",
        }  # fmt: skip
        asked = json.dumps({"stream_name": "LOCAL", "config": config}).encode()
        subject = f"$JS.north.API.CONSUMER.CREATE.{uplink('north', 1)}"
        writer.write(f"LS+ {SPY}\r\n".encode())
        said = ""
        for _ in range(20):  # the second turn would do: a consumer delivers after it was made
            writer.write(message(subject, asked, DELIVERY + "$JS.API.CONSUMER.CREATE.LOCAL") + b"PING\r\n")
            said += await until_pong(reader)
        writer.close()
        server.close()
        assert "people" not in said
