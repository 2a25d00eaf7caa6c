"""The records of readers: a key-value bucket of the broker, which this process alone writes."""

import logging
from dataclasses import dataclass

import msgspec
from nats.aio.client import Client
from nats.js.errors import NotFoundError

from shared.messaging.reader_requests import RECORDS, SEEN, ReaderRecord, key_of
from shared.messaging.stream_names import READERS

log = logging.getLogger("steward.readers")
EXPECTED = "Nats-Expected-Last-Subject-Sequence"
REVOKED = {"Nats-TTL": "9600h"}  # a revoked reader is listed for 400 days


@dataclass(frozen=True)
class Stored:
    """A record and its place in the bucket, which a change names."""

    record: ReaderRecord
    revision: int


class Records:
    """The bucket."""

    def __init__(self, client: Client) -> None:
        self._jetstream = client.jetstream()

    async def every(self) -> dict[str, Stored]:
        """All records by the names of their durables. Raises what the client raises where the broker is away."""
        found: dict[str, Stored] = {}
        after = 0
        while True:
            try:
                message = await self._jetstream.get_msg(
                    READERS, seq=after + 1, subject=f"{RECORDS}.*", direct=True, next=True
                )
            except NotFoundError:
                return found
            after = message.seq or 0
            try:
                record = msgspec.json.decode(message.data or b"", type=ReaderRecord)
            except msgspec.MsgspecError:
                log.error("a record of a reader cannot be read: it is none")
            else:
                found[record.durable] = Stored(record, after)

    async def write(self, record: ReaderRecord, revision: int = 0) -> Stored:
        """Store a record in place of the one at `revision`, 0 for none. Raises where there is another by now."""
        headers = {EXPECTED: str(revision), **({} if record.active else REVOKED)}
        stored = await self._jetstream.publish(
            key_of(record.durable), msgspec.json.encode(record), headers=headers
        )
        return Stored(record, stored.seq)

    async def note_seen(self, seen: dict[str, int]) -> None:
        """Store when each reader was last there, in seconds of Unix time."""
        await self._jetstream.publish(SEEN, msgspec.json.encode(seen))
