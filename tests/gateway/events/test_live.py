"""Streams that stay open, counted."""

import asyncio

from services.gateway.events.cursors import Place
from services.gateway.events.feed import Read
from services.gateway.events.live import OF_ONE, Live
from shared.auth.event_readers import Reader

READER = Reader(roles=["hris"], units=["SL"], subject_key="0" * 32)


class Feed:
    """A feed with one event."""

    async def read(self, reader: Reader, place: Place, limit: int) -> Read:
        return Read([(place, {"id": "one"})], place, at_end=True)


async def still() -> Reader:
    return READER


async def test_streams_that_are_opened_at_once_are_no_more_than_one_after_another():
    """All find room before the first of them begins: those that are too many end at once."""
    live, place = Live(Feed(), None), Place(0, 0)
    for _ in range(OF_ONE + 4):
        live.check_room(READER)
    streams = [live.following(READER, place, still) for _ in range(OF_ONE + 4)]
    begun = await asyncio.gather(*(anext(each, None) for each in streams))
    assert sum(event is not None for event in begun) == OF_ONE
    for each in streams:
        await each.aclose()
    live.check_room(READER)
