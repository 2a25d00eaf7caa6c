"""A region's own side of its link: whether the hub is heard, and what waits to go there."""

import asyncio
from datetime import UTC, datetime, timedelta

import msgspec
from nats.aio.client import Client

from services.gateway.broker import counted, info, message
from services.gateway.federation import region
from services.gateway.http_client.upstream import Upstream
from shared.federation.heartbeat import Heartbeat
from shared.federation.protocol import IN_LINK, uplink
from shared.messaging.stream_names import DOWN
from shared.settings import Settings

SILENT = 30.0  # seconds; while the link is up, servers hear each other every second, and look again every ten
OK, AWAY = "ok", "away"


class Link(msgspec.Struct, frozen=True):
    """`state` is ok or away, the hub was heard so long ago: null for not since the region's broker started.

    `waiting` events are known to be here and not at the hub: in outboxes, in UP, and `in_uplink` of them in
    the stream that the hub reads; that is null while the hub was never heard, since how far it read is not known.
    """

    region: str
    hub: str
    state: str
    hub_heard_seconds: float | None
    waiting: int
    in_uplink: int | None
    beat: Heartbeat  # lint: a field of the answer over HTTP


async def heard(client: Client) -> float | None:
    """Seconds since the hub's server was heard over the link, None for never."""
    down = await info(client, DOWN, where=IN_LINK)
    known = [source.active for source in (down.sources if down else None) or [] if source.active]
    return min(known) / 1e9 if known and min(known) > 0 else None


def state(seconds: float | None) -> str:
    """Whether a link is up whose other end was heard so long ago."""
    return OK if seconds is not None and seconds < SILENT else AWAY


async def link(client: Client, upstream: Upstream, settings: Settings) -> Link:
    """The region's own side of the link."""
    now, own, silence = await asyncio.gather(
        region.heartbeat_now(client, upstream, settings), info(client, DOWN), heard(client)
    )
    unread = await _in_uplink(client, settings, silence)
    outside = sum(outbox.waiting for outbox in now.outboxes.values()) + now.held.events
    seconds = None if silence is None else round(silence, 1)
    name = settings.instance
    return Link(name, region.hub(own), state(silence), seconds, outside + (unread or 0), unread, now)


async def _in_uplink(client: Client, settings: Settings, silence: float | None) -> int | None:
    """Events that came into the uplink since the hub was last heard; while it is heard it reads them at once."""
    if silence is None:
        return None
    if state(silence) == OK:
        return 0
    since = datetime.now(UTC) - timedelta(seconds=silence)  # lint: a link is away in real time
    name = uplink(settings.instance, settings.epoch)
    asked = {"start_time": since.isoformat(), "next_by_subj": ">", "batch": 1}
    return counted(await message(client, name, where=IN_LINK, **asked))
