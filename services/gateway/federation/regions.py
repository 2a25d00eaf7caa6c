"""A hub's regions: who was heard when, and how much of what they have has arrived and is applied."""

import asyncio
import json
import logging
from datetime import UTC, datetime
from typing import Any

import msgspec
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError

from services.gateway.broker import counted, info, message
from services.gateway.federation import waiting
from services.gateway.federation.bridge_routes import came
from services.gateway.federation.region import foreign
from shared.events.event import published
from shared.federation import heartbeat
from shared.federation.heartbeat import Arrived, Heartbeat
from shared.federation.protocol import (
    HEARTBEATS,
    MEMBER,
    api,
    arrivals,
    heartbeat_subject,
    link,
    members,
    uplink,
)
from shared.messaging.stream_names import DEAD_LETTERS, NATIONAL, dead_letters

log = logging.getLogger("steward.gateway")


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """A region as its hub sees it; null is what cannot be known before it was heard."""

    region: str
    state: str
    last_seen: datetime | None = None
    lag_seconds: float | None = None
    lag_events: int | None = None
    unapplied_events: int
    refused_events: int
    received_events: int
    beat: Heartbeat | None = None  # lint: a field of the answer over HTTP


class Reader(msgspec.Struct, frozen=True):
    """A service's durable consumer on NATIONAL: its filter, and what follows what it acknowledged."""

    filter: str
    next: int


async def regions(client: Client) -> list[Standing]:
    """Every member region by name."""
    gathered = await info(client, NATIONAL)
    known = (gathered.config.metadata if gathered else None) or {}
    readers = await _readers(client)
    active = {name: known[MEMBER + name] != heartbeat.SUSPENDED for name in members(known)}
    return list(
        await asyncio.gather(*(_known(client, name, readers, active=on) for name, on in active.items()))
    )


async def _known(client: Client, region: str, readers: list[Reader], *, active: bool) -> Standing:
    """A region's standing; where its link's account does not answer, others are seen all the same."""
    try:
        return await _standing(client, region, readers, active=active)
    except (NatsError, TimeoutError) as error:
        log.warning("the link of %s does not answer (%s)", region, type(error).__name__)
        state = heartbeat.UNKNOWN if active else heartbeat.SUSPENDED
        return Standing(region=region, state=state, unapplied_events=0, refused_events=0, received_events=0)


async def _standing(client: Client, region: str, readers: list[Reader], *, active: bool) -> Standing:
    last, stored, letters, untaken, behind = await asyncio.gather(
        message(client, HEARTBEATS, where=link(region), last_by_subj=heartbeat_subject(region)),
        info(client, arrivals(region), ">", where=link(region)),
        info(client, DEAD_LETTERS, f"{dead_letters('*')}.{published(region, 'up')}.>"),
        waiting.at(client, came(region)),
        _unapplied(client, region, readers),
    )
    refused = foreign(stored, region)
    refused += sum(((letters.state.subjects if letters else None) or {}).values())
    standing = Standing(
        region=region,
        state=heartbeat.state(active=active, lag=None),
        unapplied_events=behind,
        refused_events=refused,
        received_events=stored.state.messages if stored else 0,
    )
    latest, seen = _decoded(region, last), waiting.time(last)  # the hub's own: no region's clock is believed
    if latest is None or seen is None:
        return standing
    arrived = await _arrived(client, region, latest.epoch, seen)
    silence = (datetime.now(UTC) - seen).total_seconds()  # lint: a link lags in real time
    lag = heartbeat.lag_seconds(latest, arrived, untaken, max(0.0, silence))
    return msgspec.structs.replace(
        standing,
        state=heartbeat.state(active=active, lag=lag),
        last_seen=seen,
        lag_seconds=round(lag, 1),
        lag_events=heartbeat.lag_events(latest, arrived, untaken),
        beat=latest,
    )


def _decoded(region: str, last: Msg | None) -> Heartbeat | None:
    """A beat; one that cannot be read (a region a version ahead or broken) counts as none, and is logged."""
    try:
        return msgspec.json.decode(last.data, type=Heartbeat) if last else None
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        log.warning("the beat of %s cannot be read (%s)", region, type(error).__name__)
        return None


async def _arrived(client: Client, region: str, epoch: int, seen: datetime) -> Arrived:
    """What came last of a region in its epoch, and how far that reaches; `seen` is when its beat came."""
    way = came(region)
    last = await message(client, way.stream, where=way.source, last_by_subj=way.takes)
    headers, event = (last.headers if last else None), waiting.event(last)
    origin, reached = heartbeat.reached(headers)
    if origin != uplink(region, epoch):
        return Arrived(event=event)
    before = (seen - (waiting.time(last) or seen)).total_seconds() if heartbeat.source(headers)[0] else 0.0
    return Arrived(reached, event, before if before > 0 else None)


async def _readers(client: Client) -> list[Reader]:
    """The consumers that have not acknowledged everything."""
    found: list[Reader] = []
    while True:
        asked = json.dumps({"offset": len(found)}).encode()
        answer = json.loads(
            (await client.request(f"{api()}.CONSUMER.LIST.{NATIONAL}", asked, timeout=5)).data
        )
        page: list[dict[str, Any]] = answer.get("consumers") or []
        found += [
            Reader(
                one["config"].get("filter_subject", ""),
                one["ack_floor"]["stream_seq"] + 1 if one["num_pending"] + one["num_ack_pending"] else 0,
            )
            for one in page
        ]
        if not page or len(found) >= answer.get("total", 0):
            return [reader for reader in found if reader.next]


async def _unapplied(client: Client, region: str, readers: list[Reader]) -> int:
    """Events of a region that the hub's services have yet to apply, counted once for each service."""
    return sum(await asyncio.gather(*(_behind(client, region, reader) for reader in readers)))


async def _behind(client: Client, region: str, reader: Reader) -> int:
    own = reader.filter.replace(published("*", "up"), published(region, "up"), 1)
    first = await message(client, NATIONAL, seq=reader.next, next_by_subj=own, batch=1)
    return counted(first)
