"""The durable consumers of readers that the API made."""

from collections.abc import AsyncIterator, Iterable
from contextlib import suppress
from datetime import datetime

from nats.js import JetStreamContext
from nats.js.api import ConsumerInfo
from nats.js.errors import NotFoundError

from deploy.broker.made_readers import durables
from deploy.broker.provision import provision_durables
from shared.events.event import Reach
from shared.messaging.reader_requests import ReaderRecord

PREFIX = "reader-"
PAGE = 256  # consumers that the server lists at once


async def make(jetstream: JetStreamContext, reader: ReaderRecord, instance: str, epoch: int) -> None:
    """Make its consumers, or find them made. They begin with the oldest event that is kept."""
    await provision_durables(jetstream, durables(reader, instance), epoch)


async def delete(jetstream: JetStreamContext, durable: str) -> None:
    """Delete the consumers of a reader, where it has them."""
    for reach in Reach:
        with suppress(NotFoundError):
            await jetstream.delete_consumer(reach.stream, durable)


async def delete_others(jetstream: JetStreamContext, active: Iterable[str]) -> None:
    """Delete those of readers that are none: of one that was revoked, or whose making was broken off."""
    known = set(active)
    found = {info.name async for info in _every(jetstream)}
    for durable in found - known:
        await delete(jetstream, durable)


async def seen(jetstream: JetStreamContext, now: int) -> dict[str, int]:
    """When each reader last asked for events, took or acknowledged one: in seconds of Unix time.

    One that waits for events now was seen now.
    """
    found: dict[str, int] = {}
    async for info in _every(jetstream):
        moments = [part.last_active for part in (info.delivered, info.ack_floor) if part is not None]
        last = max((_seconds(moment) for moment in moments if moment is not None), default=0)
        found[info.name] = max(found.get(info.name, 0), now if info.num_waiting else last)
    return {name: moment for name, moment in found.items() if moment}


async def _every(jetstream: JetStreamContext) -> AsyncIterator[ConsumerInfo]:
    for reach in Reach:
        offset, page = 0, PAGE
        while page == PAGE:
            listed = await jetstream.consumers_info(reach.stream, offset)
            page = len(listed)
            offset += page
            for info in listed:
                if info.name.startswith(PREFIX):
                    yield info


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())
