"""The dead-letter stream as operators see it: what failed, where and why, never the data of the event."""

from typing import Any
from uuid import UUID

import msgspec
from nats.js.api import RawStreamMsg
from nats.js.errors import NotFoundError

from services.gateway.queries.broker import Broker
from shared.errors import NotFound
from shared.telemetry import trace_of

STREAM = "DLQ"


class Letter(msgspec.Struct, frozen=True):
    """An event that a service gave up: `seq` in the stream, the durable consumer that failed, the error's kind.

    `key` is the id under which the service has it on record: the event's, or a made-up one of what is no event.
    """

    seq: int
    service: str
    consumer: str
    reason: str
    subject: str
    event_id: str | None
    event_time: str | None
    buried_at: str | None
    trace_id: str | None
    key: UUID | None


class _Envelope(msgspec.Struct):
    id: str
    time: str


class DeadLetters:
    """Reads the dead-letter stream."""

    def __init__(self, broker: Broker) -> None:
        """Read over the connection of `broker`."""
        self._broker = broker

    async def page(self, after: int, limit: int) -> tuple[list[Letter], int | None]:
        """At most `limit` letters after sequence `after`, oldest first, and the last one's if more follow."""
        letters: list[Letter] = []
        while len(letters) <= limit:
            message = await self._message(after + 1, following=True)
            if message is None:
                return letters, None
            letters.append(_letter(message))
            after = letters[-1].seq
        return letters[:limit], letters[limit - 1].seq

    async def one(self, seq: int) -> tuple[Letter, bytes]:
        """One letter with its event. Raises NotFound `dead-letter-unknown`."""
        message = await self._message(seq, following=False)
        if message is None:
            raise NotFound("dead-letter-unknown", "There is no such dead letter.")
        return _letter(message), message.data or b""

    async def _message(self, seq: int, *, following: bool) -> RawStreamMsg | None:
        async with self._broker.asking() as client:
            try:
                return await client.jetstream().get_msg(
                    STREAM, seq, subject="dlq.>" if following else None, next=following, direct=True
                )
            except NotFoundError:
                return None


def _letter(message: RawStreamMsg) -> Letter:
    headers: dict[str, Any] = message.headers or {}
    subject, data = message.subject or "", message.data or b""
    parts = subject.split(".", 2)
    try:
        event = msgspec.json.decode(data, type=_Envelope)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        event = None
    return Letter(
        seq=message.seq or 0,
        service=parts[1] if len(parts) > 1 else "",
        consumer=str(headers.get("Steward-Consumer", "")),
        reason=str(headers.get("Steward-Reason", "")),
        subject=parts[2] if len(parts) > 2 else "",
        event_id=event.id if event else None,
        event_time=event.time if event else None,
        buried_at=headers.get("Nats-Time-Stamp"),
        trace_id=trace_of(data),
        key=_key(str(headers.get("Nats-Msg-Id", ""))),
    )


def _key(message_id: str) -> UUID | None:
    """The event's part of `<consumer>:<event id>`, by which a letter was sent once."""
    try:
        return UUID(message_id.rpartition(":")[2])
    except ValueError:
        return None
