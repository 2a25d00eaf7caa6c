"""The dead-letter stream as operators see it: what failed, where and why, never the data of the event."""

import hashlib
from uuid import UUID

import msgspec
from nats.aio.msg import Msg

from services.gateway.broker import Broker, following, header, message, sequence
from shared.errors import NotFound
from shared.messaging.stream_names import CONSUMER, DEAD_LETTERS, EVENT_ID, PLACE, REASON, dead_letters
from shared.telemetry.provider import trace_of

CAUSE = 12  # digits: of a thousand causes two are the same once in 560 million such instances
BATCH, REQUESTS = 250, 20  # letters of one request to the stream, and requests for one page


class Letter(msgspec.Struct, frozen=True):
    """An event that a service gave up: `seq` in the stream, the durable consumer that failed, the error's kind.

    `place` is the line of the program that failed, null of letters from before it was recorded.
    `key` is the id under which the service has it on record: the event's, or a made-up one of what is no event.
    """

    seq: int
    service: str
    consumer: str
    reason: str
    place: str | None
    subject: str
    event_id: str | None
    event_time: str | None
    buried_at: str | None
    trace_id: str | None
    key: UUID | None

    @property
    def cause(self) -> str:
        """The same for all that one consumer gave up for the same kind of error at the same line."""
        named = "\n".join((self.service, self.consumer, self.reason, self.place or ""))
        return hashlib.sha256(named.encode()).hexdigest()[:CAUSE]


class _Envelope(msgspec.Struct):
    id: str
    time: str


class DeadLetters:
    """Reads the dead-letter stream."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker

    async def page(
        self, after: int, limit: int, cause: str | None = None
    ) -> tuple[list[tuple[Letter, bytes]], int | None]:
        """At most `limit` letters with their events after sequence `after`, oldest first, and where to go on.

        That is None at the end. Of one `cause` there may be fewer than `limit`, or none, with more to come.
        """
        found: list[tuple[Letter, bytes]] = []
        for _ in range(REQUESTS):
            messages = await self._following(after, BATCH if cause else min(BATCH, limit + 1))
            for found_one in messages:
                letter = _letter(found_one)
                if cause in (None, letter.cause):
                    if len(found) == limit:
                        return found, after
                    found.append((letter, found_one.data))
                after = letter.seq
            if not messages:
                return found, None
        return found, after

    async def one(self, seq: int) -> tuple[Letter, bytes]:
        """One letter with its event. Raises NotFound `dead-letter-unknown`."""
        async with self._broker.asking() as client:
            found = await message(client, DEAD_LETTERS, seq=seq)
        if found is None:
            raise NotFound("dead-letter-unknown", "There is no such dead letter.")
        return _letter(found), found.data

    async def _following(self, after: int, most: int) -> list[Msg]:
        async with self._broker.asking() as client:
            return await following(client, DEAD_LETTERS, after, f"{dead_letters()}.>", most=most)


def _letter(found: Msg) -> Letter:
    subject, data = header(found, "Nats-Subject"), found.data
    parts = subject.split(".", 2)
    try:
        event = msgspec.json.decode(data, type=_Envelope)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        event = None
    return Letter(
        seq=sequence(found),
        service=parts[1] if len(parts) > 1 else "",
        consumer=header(found, CONSUMER),
        reason=header(found, REASON),
        place=header(found, PLACE) or None,
        subject=parts[2] if len(parts) > 2 else "",
        event_id=event.id if event else None,
        event_time=event.time if event else None,
        buried_at=header(found, "Nats-Time-Stamp") or None,
        trace_id=trace_of(data),
        key=_key(header(found, EVENT_ID)),
    )


def _key(message_id: str) -> UUID | None:
    """The event's part of `<consumer>:<event id>`, by which a letter was sent once."""
    try:
        return UUID(message_id.rpartition(":")[2])
    except ValueError:
        return None
