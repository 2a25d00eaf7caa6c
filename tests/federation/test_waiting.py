"""What waits between a link and the services is seen at the hub, whatever stopped it; one link stops no other."""

import asyncio
import json
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from nats.js.api import DiscardPolicy

from deploy.data_folder.issuer import Issuer
from deploy.federation.transfer.bundle import Carried, deliver
from shared.federation import heartbeat
from shared.federation.heartbeat import Arrived, Heartbeat, Waiting
from shared.federation.protocol import heartbeat_subject
from tests.federation.gateways import gateway, settings_of
from tests.federation.links import Place, federation
from tests.served import Client
from tests.servers import wait_for

UP = "steward.{}.up.evaluation.indicator-computed.v1"
DOWN = "steward.hub.down.evaluation.targets-published.v1"
SECONDS = 60
STATED = {  # by a region of itself
    "at": "2026-01-01T00:00:00Z", "epoch": 1, "software": "0", "uplink": 0, "event": "", "down": 0,
    "older": {}, "versions": {}, "suppressed_cells": None, "outboxes": {}, "up_bytes": 0, "up_limit": 0,
}  # fmt: skip
Seen = tuple[Place, list[Place], Client]


@pytest.fixture(scope="module")
async def seen(
    tmp_path_factory: pytest.TempPathFactory, issuer: Issuer, jwks_path: Path, token: Any
) -> AsyncIterator[Seen]:
    jwks = jwks_path.as_uri()
    async with (
        federation(tmp_path_factory.mktemp("waiting"), "north", "south") as (hub, regions),
        gateway(settings_of(hub, issuer, jwks)) as (national, _),
        gateway(settings_of(regions[0], issuer, jwks)),
    ):
        yield hub, regions, national.using(token("ops"))


async def lag(national: Client, region: str, events: int) -> bool:
    """Whether so many events of a region are missing at the hub's services, by the hub's own word."""
    answer = await national.get("/v1/federation")
    assert answer.status == 200, answer.body
    (found,) = [one for one in answer.json["regions"] if one["region"] == region]
    return bool(found["lag_events"] == events and (not events or found["lag_seconds"] > 0))


async def say(place: Place, count: int, name: str) -> None:
    for number in range(count):
        headers = {"Nats-Msg-Id": f"{name}-{number}"}
        await place.admin.publish(UP.format(place.name), b"figures", headers=headers)


async def test_what_the_uplink_refuses_is_missing_at_the_hub(seen: Seen) -> None:
    hub, (north, _), national = seen
    await say(north, 3, "before")
    await wait_for(hub.reached("NATIONAL", 3), SECONDS)
    await wait_for(partial(lag, national, "north", 0), SECONDS)
    kept = (await north.link().stream_info("UPLINK_north_1")).config
    await north.link().update_stream(kept.evolve(max_msgs=3, discard=DiscardPolicy.NEW))
    await say(north, 20, "refused")
    await wait_for(partial(lag, national, "north", 20), SECONDS)
    await north.link().update_stream(kept)
    await wait_for(hub.reached("NATIONAL", 23), SECONDS)
    await wait_for(partial(lag, national, "north", 0), SECONDS)


async def test_what_the_hubs_own_stream_refuses_is_missing_too(seen: Seen) -> None:
    hub, (north, _), national = seen
    have = await hub.count("NATIONAL")
    kept = (await hub.admin.stream_info("NATIONAL")).config
    await hub.admin.update_stream(kept.evolve(max_msgs=have, discard=DiscardPolicy.NEW))
    await say(north, 7, "full")
    await wait_for(hub.reached("NATIONAL_north", have + 7), SECONDS)
    await wait_for(partial(lag, national, "north", 7), SECONDS)
    await hub.admin.update_stream(kept)
    await wait_for(hub.reached("NATIONAL", have + 7), SECONDS)
    await wait_for(partial(lag, national, "north", 0), SECONDS)


async def test_a_stream_made_anew_is_taken_over_from_its_beginning(seen: Seen) -> None:
    """Its numbers begin again, below those that have crossed."""
    hub, (north, _), _ = seen
    await north.admin.delete_stream("UP")
    await north.provision()
    await say(north, 2, "anew")
    await wait_for(partial(holds_all, hub, {"anew-0", "anew-1"}), SECONDS)


async def holds_all(hub: Place, wanted: set[str]) -> bool:
    state = (await hub.admin.stream_info("NATIONAL")).state
    last = [await hub.admin.get_msg("NATIONAL", state.last_seq - back) for back in range(len(wanted))]
    return {(message.headers or {}).get("Nats-Msg-Id") for message in last} == wanted


async def test_nonsense_in_one_regions_streams_stops_no_other(seen: Seen) -> None:
    """A region writes what it likes where its link ends, its last beat and the headers there included."""
    hub, (north, south), national = seen
    before = await north.count("DOWN")
    forged = {"Nats-Msg-Id": "forged", "Steward-Sequence": "x", "Steward-Since": "x", "Steward-Day": "x"}
    await hub.admin.publish(f"downlink.south.{DOWN.split('.', 3)[3]}", b"forged", headers=forged)
    said = STATED | {"uplink": 10**9, "event": "none", "older": {"x": 10**9, "inf": 10**9, "120": 10**9}}
    await (await south.client()).publish(heartbeat_subject("south"), json.dumps(said).encode())
    await wait_for(partial(lag, national, "south", 10**9), SECONDS)
    assert (await national.metrics()).status == 200
    await hub.admin.publish(DOWN, b"targets")
    await wait_for(north.reached("DOWN", before + 1), SECONDS)
    await wait_for(partial(south.holds, "DOWN", DOWN, b"targets"), SECONDS)


async def test_a_file_that_is_far_ahead_of_a_metered_line_leaves_nothing_missing(seen: Seen) -> None:
    """The beat knows what the line has let pass; the file brought that and a hundred events more."""
    hub, (_, south), national = seen
    said = STATED | {"uplink": 80, "event": "of the line", "older": {"120": 80}}
    await (await south.client()).publish(heartbeat_subject("south"), json.dumps(said).encode())
    await wait_for(partial(lag, national, "south", 80), SECONDS)
    file = [Carried(UP.format("south"), f"ahead-{number}", b"figures") for number in range(180)]
    assert await deliver(hub.admin, file[:79], "UPLINK_south_1") == 79
    await wait_for(partial(lag, national, "south", 1), SECONDS)
    assert await deliver(hub.admin, file, "UPLINK_south_1", 79) == 101
    await wait_for(partial(lag, national, "south", 0), SECONDS)


async def test_a_link_that_does_not_answer_hides_no_other_region(seen: Seen) -> None:
    hub, _, national = seen
    await hub.link("south").delete_stream("NATIONAL_south")
    await hub.link("south").delete_stream("BEATS")
    answer, metrics = await asyncio.gather(national.get("/v1/federation"), national.metrics())
    assert (answer.status, metrics.status) == (200, 200)
    states = {one["region"]: one["state"] for one in answer.json["regions"]}
    assert states == {"north": "ok", "south": "never-seen"}
    await hub.provision()


def test_an_uplink_that_lost_its_end_has_not_arrived() -> None:
    """A power cut took what its hub had read: new events get numbers that the hub has passed."""
    said = Heartbeat(
        at=None, epoch=1, software="0", uplink=5, event="five", down=0, older={}, versions={},
        suppressed_cells=None, outboxes={}, up_bytes=0, up_limit=0,
    )  # type: ignore[arg-type]  # fmt: skip
    later, earlier = Arrived(9, "nine"), Arrived(9, "nine", seconds=300.0)
    assert heartbeat.lag_events(said, later, Waiting()) == 0  # it came after the beat
    assert heartbeat.lag_events(said, earlier, Waiting()) == 5
    assert heartbeat.state(active=True, lag=heartbeat.lag_seconds(said, earlier, Waiting(), 1.0)) == "late"
