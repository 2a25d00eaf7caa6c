"""The streams that carry figures up and publications down, made and kept up to date as an administrator.

A hub keeps one stream for each region, so that regions are told apart by where something came from
and not by what it claims; ``NATIONAL`` gathers them and filters once more, on the hub's own server.
"""

import json
import re
from collections.abc import Sequence
from pathlib import Path

from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.js.api import DiscardPolicy, ExternalStream, StreamConfig, StreamSource, SubjectTransform
from nats.js.errors import NotFoundError

from deploy.federation.configuration import DOWN, Member, beat, deliver_down, deliver_up, metered, uplink
from deploy.federation.folder import Folder
from deploy.federation.hub import Hub
from deploy.federation.joining import role
from deploy.federation.permissions import BEATS, NATIONAL
from deploy.federation.region import Region
from shared.settings import Settings

STATE = "steward-state"  # of a region's stream at the hub: active or suspended
DAY = 86_400.0
_ANSWERS = re.compile(r"^\$JS\.[^.*>]+\.API\.STREAM\.INFO\.UPLINK_")
EPOCH_NUMBERS = 1_000_000_000  # numbers that DOWN has in one epoch of its hub; it has a few thousand messages
KEPT = 400 * DAY  # more than a year, so that the hub can be made anew from its own streams


def with_link(streams: Sequence[StreamConfig], federation: Path | None) -> list[StreamConfig]:
    """The streams of an instance alone and those of its link, where its federation folder says there is one."""
    folder = Folder(federation or Path())
    kind = role(folder) if federation else "none"
    added: list[StreamConfig] = []
    if kind == "hub":
        added = at_hub(Hub(folder).members())
    elif kind == "region":
        region = Region(folder)
        budget = Settings(service="admin").uplink_bytes_per_day
        added = at_region(region.name(), region.hub(), folder.epoch(), metered_line=budget > 0)
    replaced = {config.name for config in added}
    return [*(config for config in streams if config.name not in replaced), *added]


def at_region(region: str, hub: str, epoch: int, *, metered_line: bool = False) -> list[StreamConfig]:
    """A region's own: what its hub may read, and a copy of what the hub publishes.

    The uplink is never full before UP is, of which it is a copy: then UP refuses, the outbox holds
    back and nothing is lost. On a metered line the region's gateway forwards to it within the day's
    budget. DOWN also takes what is carried in by hand; no service may write there.
    """
    name, up = uplink(region, epoch), f"steward.{region}.up.>"
    down = StreamSource(
        name=DOWN, external=ExternalStream(api=f"$JS.{hub}.API", deliver=deliver_down(region))
    )
    out = StreamConfig(name=name, max_age=180 * DAY, discard=DiscardPolicy.NEW, allow_direct=True)
    if metered_line:
        out.subjects = [f"{metered(region, epoch)}.>"]
        out.subject_transform = SubjectTransform(f"{metered(region, epoch)}.>", up)
        out.duplicate_window = 3600.0
    else:
        out.sources = [StreamSource(name="UP", filter_subject=up)]
    return [
        out,
        StreamConfig(
            name=DOWN, subjects=[f"steward.{hub}.down.>"], sources=[down], discard=DiscardPolicy.NEW
        ),
    ]


def at_hub(members: Sequence[Member]) -> list[StreamConfig]:
    """A hub's own: one stream for each region, all of them as one, and the last sign of life of each."""
    own = [_national(member) for member in members]
    gathered = [
        StreamSource(name=str(config.name), filter_subject=f"steward.{member.region}.up.>")
        for config, member in zip(own, members, strict=True)
    ]
    every = StreamConfig(
        name=NATIONAL,
        sources=gathered or None,
        max_age=KEPT,
        deny_delete=True,
        deny_purge=True,
        allow_direct=True,
    )
    if not gathered:
        every.subjects = ["national"]  # a stream of nothing would take its own name as its subject
    beats = [beat(member.region) for member in members]
    last = StreamConfig(name=BEATS, subjects=beats or ["beats"], max_msgs_per_subject=1, allow_direct=True)
    return [*own, every, last]


def _national(member: Member) -> StreamConfig:
    region = member.region
    source = StreamSource(
        name=uplink(region, member.epoch),
        filter_subject=f"steward.{region}.up.>",
        external=ExternalStream(api=f"$JS.{region}.API", deliver=deliver_up(region)),
    )
    return StreamConfig(
        name=f"{NATIONAL}_{region}",
        subjects=[f"steward.{region}.up.>"],  # what is carried in by hand
        sources=[source],
        max_age=KEPT,
        duplicate_window=3600.0,  # what link and file both bring; later than that the inbox knows it
        deny_delete=True,
        deny_purge=True,
        allow_direct=True,
        metadata={STATE: "active" if member.active else "suspended"},
    )


async def ensure(jetstream: JetStreamContext, streams: Sequence[StreamConfig]) -> None:
    """Add what is missing and update the rest."""
    for config in streams:
        try:
            await jetstream.stream_info(str(config.name))
        except NotFoundError:
            await jetstream.add_stream(config)
        else:
            await jetstream.update_stream(config)


async def begin_epoch(jetstream: JetStreamContext, epoch: int) -> None:
    """Let the numbers of a restored hub's DOWN begin above all that its regions can have read.

    A region goes on from the number after its last one, which a stream from a backup has given up or
    will give to something else. Every publication that the backup has is made again by the services,
    which come up after this.
    """
    first = (epoch - 1) * EPOCH_NUMBERS + 1
    if (await jetstream.stream_info(DOWN)).state.last_seq + 1 < first:
        await jetstream.purge_stream(DOWN, seq=first)


async def close_links(system: Client, active: Sequence[str]) -> list[str]:
    """Close the links of regions that are not `active`; returns what their servers call themselves.

    A reload keeps who is connected already. A link is told by what it may subscribe to, which the
    hub's permissions decide, and not by the name its server gives itself; one that cannot be told is
    closed, and comes back at once if it may. `system` speaks as the system account's user.
    """
    options = json.dumps({"subscriptions": True}).encode()
    answer = json.loads((await system.request("$SYS.REQ.SERVER.PING.LEAFZ", options, timeout=5)).data)
    kick = f"$SYS.REQ.SERVER.{answer['server']['id']}.KICK"
    closed = []
    for leaf in answer["data"].get("leafs", []):
        if _region(leaf.get("subscriptions_list", [])) in active:
            continue
        await system.request(kick, json.dumps({"cid": leaf["id"]}).encode(), timeout=5)
        closed.append(str(leaf.get("name", "")))
    return closed


def _region(subscriptions: Sequence[str]) -> str:
    """Whose link it is: the domain in which it answers, empty where it answers in none."""
    found = {subject.split(".")[1] for subject in subscriptions if _ANSWERS.match(subject)}
    return found.pop() if len(found) == 1 else ""
