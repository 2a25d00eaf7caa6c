"""The dead-letter stream as operators see it: what failed, where and why, never the data of the event."""

import asyncio
import logging
from typing import Any

import msgspec
from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js.api import RawStreamMsg
from nats.js.errors import NotFoundError

from shared import broker
from shared.errors import NotFound, Unavailable
from shared.settings import Settings

log = logging.getLogger("steward.gateway")

STREAM = "DLQ"


class Letter(msgspec.Struct, frozen=True):
    """An event that a service gave up: `seq` in the stream, the durable consumer that failed, the error's kind."""

    seq: int
    service: str
    consumer: str
    reason: str
    subject: str
    event_id: str | None
    event_time: str | None
    buried_at: str | None


class _Envelope(msgspec.Struct):
    id: str
    time: str


class DeadLetters:
    """Reads the dead-letter stream over a connection of its own."""

    def __init__(self, settings: Settings) -> None:
        """Nothing connects before `connect`."""
        self._settings = settings
        self._client: Client | None = None

    async def connect(self) -> None:
        """Connect, however long the broker takes."""
        while self._client is None:
            try:
                self._client = await broker.connect(self._settings)
            except Exception as error:
                log.warning("no broker yet (%s)", type(error).__name__)
                await asyncio.sleep(0.5)

    async def close(self) -> None:
        """Leave the broker."""
        if self._client is not None:
            await self._client.close()

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
        if self._client is None or not self._client.is_connected:
            raise Unavailable(
                "broker-away", "The broker cannot be reached; try again.", headers={"Retry-After": "2"}
            )
        try:
            return await self._client.jetstream().get_msg(
                STREAM, seq, subject="dlq.>" if following else None, next=following, direct=True
            )
        except NotFoundError:
            return None
        except (NatsError, TimeoutError) as error:
            raise Unavailable(
                "broker-away", "The broker did not answer; try again.", headers={"Retry-After": "2"}
            ) from error


def _letter(message: RawStreamMsg) -> Letter:
    headers: dict[str, Any] = message.headers or {}
    subject = message.subject or ""
    parts = subject.split(".", 2)
    try:
        event = msgspec.json.decode(message.data or b"", type=_Envelope)
    except msgspec.MsgspecError:
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
    )
