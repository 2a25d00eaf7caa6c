"""CloudEvents 1.0 in structured JSON: how an event travels and is read back."""

from datetime import datetime
from typing import Generic, TypeVar

import msgspec

from shared.events.event import Event

E = TypeVar("E", bound=Event)


class Envelope(msgspec.Struct, Generic[E], frozen=True, kw_only=True):
    """Context attributes (CloudEvents section 3.1, plus the distributed-tracing extension) and data.

    `subject` is the id of the aggregate that the fact is about, `aggregateversion` its version.
    `epoch` counts the restores of the instance from backups: of two versions, the one of the later
    epoch is the newer.
    """

    id: str
    source: str  # /steward/<instance>/<service>
    type: str
    subject: str
    time: datetime
    data: E
    instance: str
    aggregateversion: int
    epoch: int = 1
    specversion: str = "1.0"
    datacontenttype: str = "application/json"
    traceparent: str | None = None


_ENCODER = msgspec.json.Encoder()


def encode(envelope: Envelope[E]) -> bytes:
    """The envelope as JSON bytes."""
    return _ENCODER.encode(envelope)


def decoder(event: type[E]) -> "msgspec.json.Decoder[Envelope[E]]":
    """A decoder for one event class; unknown fields are ignored, wrong ones raise ValidationError."""
    return msgspec.json.Decoder(Envelope[event])  # type: ignore[valid-type]
