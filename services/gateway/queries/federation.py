"""A hub's regions: who was heard when, and how much of what they have has arrived and is applied."""

import asyncio
import json
import logging
from datetime import UTC, datetime
from functools import partial
from typing import Any

import msgspec
from nats.aio.client import Client
from nats.aio.msg import Msg

from services.gateway import beats
from services.gateway.beats import Arrived, Beat
from services.gateway.crossings import MEMBER, link, members
from services.gateway.queries.broker import info, message, sequence
from services.gateway.queries.region import foreign

log = logging.getLogger("steward.gateway")

BEATS, NATIONAL = "BEATS", "NATIONAL"
LOOK_BACK = 64  # messages carried by hand that may follow the last one which came by the link


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
    beat: Beat | None = None


class Reader(msgspec.Struct, frozen=True):
    """A service's durable consumer on NATIONAL: its filter, and what follows what it acknowledged."""

    filter: str
    next: int


async def regions(client: Client) -> list[Standing]:
    """Every member region by name."""
    gathered = await info(client, NATIONAL)
    known = (gathered.config.metadata if gathered else None) or {}
    readers = await _readers(client)
    return list(
        await asyncio.gather(
            *(
                _standing(client, name, readers, active=known[MEMBER + name] != beats.SUSPENDED)
                for name in members(known)
            )
        )
    )


async def _standing(client: Client, region: str, readers: list[Reader], *, active: bool) -> Standing:
    said, kept, letters, behind = await asyncio.gather(
        message(client, BEATS, where=link(region), last_by_subj=f"_FED.beat.{region}"),
        info(client, f"{NATIONAL}_{region}", ">", where=link(region)),
        info(client, "DLQ", f"dlq.*.steward.{region}.up.>"),
        _unapplied(client, region, readers),
    )
    refused = foreign(kept, region)
    refused += sum(((letters.state.subjects if letters else None) or {}).values())
    standing = Standing(
        region=region,
        state=beats.state(active=active, lag=None),
        unapplied_events=behind,
        refused_events=refused,
        received_events=kept.state.messages if kept else 0,
    )
    beat, seen = _decoded(region, said), _time(said)
    if beat is None or seen is None:
        return standing
    arrived = await _arrived(client, region, beat.epoch)
    silence = (datetime.now(UTC) - seen).total_seconds()  # lint: a link lags in real time
    lag = beats.lag_seconds(beat, arrived, max(0.0, silence))
    return msgspec.structs.replace(
        standing,
        state=beats.state(active=active, lag=lag),
        last_seen=seen,
        lag_seconds=round(lag, 1),
        lag_events=beats.missing(beat, arrived),
        beat=beat,
    )


def _decoded(region: str, said: Msg | None) -> Beat | None:
    """A beat; one that cannot be read (a region a version ahead or broken) counts as none, and is logged."""
    try:
        return msgspec.json.decode(said.data, type=Beat) if said else None
    except msgspec.MsgspecError as error:
        log.warning("the beat of %s cannot be read (%s)", region, type(error).__name__)
        return None


def _time(said: Msg | None) -> datetime | None:
    """The hub's own time of a message: no region's clock is believed."""
    stamp = ((said.headers if said else None) or {}).get("Nats-Time-Stamp")
    return datetime.fromisoformat(stamp) if stamp else None


async def _arrived(client: Client, region: str, epoch: int) -> Arrived:
    """What came last of a region in its epoch; of files carried by hand after it, how many."""
    came = partial(message, client, f"{NATIONAL}_{region}", where=link(region))
    carried, event = 0, ""
    found = await came(last_by_subj=f"steward.{region}.up.>")
    while found is not None and carried < LOOK_BACK:
        headers = found.headers or {}
        event = event or headers.get("Nats-Msg-Id", "")
        origin, reached = beats.source(headers)
        if origin:
            same = origin == f"UPLINK_{region}_{epoch}"
            return Arrived(reached + carried if same else carried, event)
        carried += 1
        found = await came(seq=sequence(found) - 1) if sequence(found) > 1 else None
    return Arrived(carried, event)


async def _readers(client: Client) -> list[Reader]:
    """The consumers that have not acknowledged everything."""
    found: list[Reader] = []
    while True:
        asked = json.dumps({"offset": len(found)}).encode()
        answer = json.loads(
            (await client.request(f"$JS.API.CONSUMER.LIST.{NATIONAL}", asked, timeout=5)).data
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
    own = reader.filter.replace("steward.*.", f"steward.{region}.", 1)
    first = await message(client, NATIONAL, seq=reader.next, next_by_subj=own, batch=1)
    return 1 + int((first.headers or {}).get("Nats-Num-Pending", 0)) if first else 0
