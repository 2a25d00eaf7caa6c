"""The streams that carry figures up and publications down, made and kept up to date as an administrator.

A hub keeps one stream for each region, so that regions are told apart by where something came from
and not by what it claims; ``NATIONAL`` gathers them and filters once more, on the hub's own server.
"""

import json
import re
from collections.abc import Sequence

from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.js.api import DiscardPolicy, ExternalStream, StreamConfig, StreamSource
from nats.js.errors import NotFoundError

from deploy.federation.configuration import DOWN, Member, deliver_down, deliver_up, uplink

NATIONAL = "NATIONAL"
DAY = 86_400.0
_ANSWERS = re.compile(r"^\$JS\.[^.*>]+\.API\.STREAM\.INFO\.UPLINK_")
KEPT = 400 * DAY  # more than a year, so that the hub can be made anew from its own streams


def at_region(region: str, hub: str, epoch: int, *, metered: bool = False) -> list[StreamConfig]:
    """A region's own: what its hub may read, and a copy of what the hub publishes.

    The uplink is never full before UP is, of which it is a copy: then UP refuses, the outbox holds
    back and nothing is lost. Metered, it takes what the link's agent lets through instead.
    """
    up = [] if metered else [StreamSource(name="UP", filter_subject=f"steward.{region}.up.>")]
    down = StreamSource(
        name=DOWN, external=ExternalStream(api=f"$JS.{hub}.API", deliver=deliver_down(region))
    )
    return [
        StreamConfig(
            name=uplink(region, epoch),
            subjects=[f"uplink.{region}.>"] if metered else None,
            sources=up or None,
            max_age=180 * DAY,
            discard=DiscardPolicy.NEW,
        ),
        StreamConfig(name=DOWN, sources=[down], discard=DiscardPolicy.NEW),
    ]


def at_hub(members: Sequence[Member]) -> list[StreamConfig]:
    """A hub's own: one stream for each region, and all of them as one."""
    own = [_national(member) for member in members]
    gathered = [
        StreamSource(name=str(config.name), filter_subject=f"steward.{member.region}.up.>")
        for config, member in zip(own, members, strict=True)
    ]
    every = StreamConfig(
        name=NATIONAL, sources=gathered or None, max_age=KEPT, deny_delete=True, deny_purge=True
    )
    return [*own, every]


def _national(member: Member) -> StreamConfig:
    region = member.region
    source = StreamSource(
        name=uplink(region, member.epoch),
        filter_subject=f"steward.{region}.up.>",
        external=ExternalStream(api=f"$JS.{region}.API", deliver=deliver_up(region)),
    )
    return StreamConfig(
        name=f"{NATIONAL}_{region}", sources=[source], max_age=KEPT, deny_delete=True, deny_purge=True
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
