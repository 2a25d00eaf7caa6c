"""The streams that carry figures up and publications down, made and kept up to date as an administrator.

A hub has one stream for each region, in the account where that region's link ends: where an event came from
decides whose it is, not what it claims. The gateway forwards each region's own events to ``NATIONAL``, which the
services read.
"""

import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from nats.aio.client import Client
from nats.js.api import DiscardPolicy, ExternalStream, StreamConfig, StreamSource, SubjectTransform

from deploy.broker.provision import ALONE, Links
from deploy.federation.broker.configuration import Json
from deploy.federation.membership.hub import Hub, Member
from deploy.federation.membership.region import Region
from deploy.federation.store.membership_store import Folder
from shared.events.event import published
from shared.federation.protocol import (
    HEARTBEATS,
    IN_LINK,
    MEMBER,
    account,
    api,
    arrivals,
    carried,
    deliver_down,
    deliver_up,
    domain_api,
    forwarded_down,
    forwarded_up,
    gathered,
    heartbeat_subject,
    link,
    uplink,
)
from shared.messaging.stream_names import DOWN, NATIONAL

DAY = 86_400.0
HOUR = 3600.0  # within it what comes twice, by link and by file, is known by its id; later the inbox knows it
KEEP = 400 * DAY  # more than a year, so that the hub can be rebuilt from its own streams


def links_of(federation: Path | None) -> Links:
    """What the federation folder of an instance adds to it; `ALONE` where it has none."""
    if federation is None:
        return ALONE
    folder = Folder(federation)
    return Links(
        is_hub=folder.role() == "hub",
        epoch=folder.epoch(),
        own=partial(with_link, federation=federation),
        ends=of_links(federation),
    )


def with_link(streams: Sequence[StreamConfig], federation: Path | None) -> list[StreamConfig]:
    """The streams of an instance alone, as they are where its federation folder says that it has a link."""
    folder = Folder(federation or Path())
    kind = folder.role() if federation else "none"
    if kind == "hub":
        return [*streams, national(Hub(folder).members())]
    if kind == "region":
        theirs = [f"{published(Region(folder).hub(), 'down')}.>"]
        return [config.evolve(subjects=theirs) if config.name == DOWN else config for config in streams]
    return list(streams)


def of_links(federation: Path | None) -> dict[str, list[StreamConfig]]:
    """The streams in the accounts where links end, by the prefix under which they are asked for."""
    folder = Folder(federation or Path())
    kind = folder.role() if federation else "none"
    if kind == "hub":
        hub = Hub(folder)
        return {api(link(one.region)): at_hub(hub.name(), one) for one in hub.members()}
    if kind == "region":
        region = Region(folder)
        return {api(IN_LINK): at_region(region.name(), region.hub(), folder.epoch())}
    return {}


def at_region(region: str, hub: str, epoch: int) -> list[StreamConfig]:
    """Where a region's link ends: what its hub reads, and a copy of what the hub publishes.

    The gateway fills the uplink from UP, so it is never full before UP is: then UP refuses, the outbox
    holds back and nothing is lost.
    """
    prefix = forwarded_up(region, epoch)
    out = StreamConfig(
        name=uplink(region, epoch),
        subjects=[f"{prefix}.>"],
        subject_transform=SubjectTransform(f"{prefix}.>", f"{published(region, 'up')}.>"),
        max_age=180 * DAY,
        discard=DiscardPolicy.NEW,
        duplicate_window=HOUR,
        allow_direct=True,
    )
    source = StreamSource(
        name=DOWN, external=ExternalStream(api=domain_api(hub), deliver=deliver_down(region))
    )
    down = StreamConfig(name=DOWN, sources=[source], discard=DiscardPolicy.NEW, **_also_carried(hub, "down"))
    return [out, down]


def at_hub(hub: str, member: Member) -> list[StreamConfig]:
    """Where one region's link ends: what came from it, its last sign of life, what it may read."""
    region, prefix = member.region, forwarded_down(member.region)
    source = StreamSource(
        name=uplink(region, member.epoch),
        filter_subject=f"{published(region, 'up')}.>",
        external=ExternalStream(api=domain_api(region), deliver=deliver_up(region)),
    )
    came = StreamConfig(name=arrivals(region), sources=[source], max_age=KEEP, **_also_carried(region, "up"))
    last = StreamConfig(
        name=HEARTBEATS, subjects=[heartbeat_subject(region)], max_msgs_per_subject=1, allow_direct=True
    )
    down = StreamConfig(
        name=DOWN,
        subjects=[f"{prefix}.>"],
        subject_transform=SubjectTransform(f"{prefix}.>", f"{published(hub, 'down')}.>"),
        duplicate_window=HOUR,
        allow_direct=True,
    )
    return [came, last, down]


def _also_carried(instance: str, reach: str) -> Json:
    """A stream that another server fills, and files that a person carries from there."""
    prefix = carried(instance, reach)
    return {
        "subjects": [f"{prefix}.>"],
        "subject_transform": SubjectTransform(f"{prefix}.>", f"{published(instance, reach)}.>"),
        "duplicate_window": HOUR,
        "allow_direct": True,
    }


def national(members: Sequence[Member]) -> StreamConfig:
    """What all regions published, as the hub's services read it; who is a member is in its metadata."""
    states = {member.region: "active" if member.active else "suspended" for member in members}
    return StreamConfig(
        name=NATIONAL,
        subjects=[f"{gathered()}.>"],
        subject_transform=SubjectTransform(f"{gathered()}.>", "steward.>"),
        max_age=KEEP,
        duplicate_window=HOUR,
        deny_delete=True,
        deny_purge=True,
        allow_direct=True,
        metadata={f"{MEMBER}{region}": state for region, state in states.items()},
    )


async def close_links(system: Client, active: Sequence[str], renewed: str = "") -> list[str]:
    """Close the links of regions that are not `active`; returns what their servers call themselves.

    After a reload, connections that are open stay, with their old permissions. So the link of the region that
    was `renewed` is closed too; it comes back with the permissions of its new epoch. A link is recognised by
    the account where it ends, which the hub's configuration decides, not by the name that its server gives
    itself. `system` is connected as the system account's user.
    """
    answer = json.loads((await system.request("$SYS.REQ.SERVER.PING.LEAFZ", b"{}", timeout=5)).data)
    kick = f"$SYS.REQ.SERVER.{answer['server']['id']}.KICK"
    speaking = {account(region) for region in active if region != renewed}
    closed = []
    for leaf in answer["data"].get("leafs", []):
        if leaf["account"] not in speaking:
            await system.request(kick, json.dumps({"cid": leaf["id"]}).encode(), timeout=5)
            closed.append(str(leaf.get("name", "")))
    return closed
