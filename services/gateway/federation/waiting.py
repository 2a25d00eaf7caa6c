"""The backlog of a bridge: how many events of its source the target lacks, and for how long.

A bridge may stop while its link is up and heartbeats arrive, because the target stream is full or gone
(decision 13).
"""

import asyncio
from datetime import UTC, datetime
from functools import partial

from nats.aio.client import Client
from nats.aio.msg import Msg

from services.gateway.broker import counted, header, message
from services.gateway.federation import forwarded
from services.gateway.federation.bridge_routes import Route
from shared.federation.heartbeat import Waiting
from shared.messaging.stream_names import EVENT_ID


async def at(client: Client, way: Route) -> Waiting:
    """How many events wait and the oldest one's age; one that came twice, by link and by file, does not."""
    there = partial(message, client, way.stream, where=way.source)
    last = await message(client, way.into, where=way.target, last_by_subj=way.takes)
    done = forwarded.of(last).sequence
    first, newest = await asyncio.gather(
        there(seq=done + 1, next_by_subj=way.takes, batch=1), there(last_by_subj=way.takes)
    )
    if first is None or (event(newest) and event(newest) == event(last)):
        return Waiting()
    stored = time(first) or datetime.now(UTC)  # lint: a link lags in real time
    age = (datetime.now(UTC) - stored).total_seconds()  # lint: as above, by the same server's clock
    return Waiting(counted(first), round(max(0.0, age), 1))


def event(found: Msg | None) -> str:
    """The id of a message's event, empty where there is none."""
    return header(found, EVENT_ID)


def time(found: Msg | None) -> datetime | None:
    """When the broker stored a message, by its own clock."""
    stamp = header(found, "Nats-Time-Stamp")
    return datetime.fromisoformat(stamp) if stamp else None
