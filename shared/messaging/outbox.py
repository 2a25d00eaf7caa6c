"""Events leave a service as rows of the transaction that made them true."""

from collections.abc import Iterator, Sequence
from typing import TypeVar
from uuid import UUID, uuid4

import msgspec
from opentelemetry import trace
from opentelemetry.trace import SpanContext, SpanKind
from sqlalchemy.ext.asyncio import AsyncSession

from shared import clock
from shared.database.engine import Connection, raw
from shared.events import envelope
from shared.events.event import Event, Reach
from shared.telemetry.provider import traceparent

MAX_ITEMS = 500  # items of a batched event: a people-changed of 500 is about 150 KB

BYTES = 512 * 1024  # of items with texts in one event; a single one stays far below

Entry = tuple[Event, str, int]
Row = tuple[UUID, str, str, bytes]  # event_id, aggregate_id, subject, payload

T = TypeVar("T")

_INSERT = """
insert into outbox (event_id, aggregate_id, subject, payload)
select * from unnest($1::uuid[], $2::text[], $3::text[], $4::bytea[])
"""

_tracer = trace.get_tracer("steward.outbox")
_instance = "local"
_epoch = 1
_below_hub = False


def chunks(things: Sequence[T], size: int = MAX_ITEMS, *, least: int = 0) -> Iterator[Sequence[T]]:
    """`things` in pieces of at most `size`, the items of one batched event.

    `least` is how many pieces there are in any case. With 1, no things give one empty piece: an instance that
    publishes everything again sends an event even then, since that event makes readers delete the rest.
    """
    return (things[start : start + size] for start in range(0, max(len(things), least), size))


def parts(items: Sequence[T], *, least: int = 0) -> Iterator[Sequence[T]]:
    """As `chunks`, for items that hold texts: a piece has at most `BYTES` of JSON too, in any language."""
    start = size = 0
    for place, item in enumerate(items):
        own = len(msgspec.json.encode(item))
        if place > start and (size + own > BYTES or place - start == MAX_ITEMS):
            yield items[start:place]
            start, size = place, 0
        size += own
    if len(items) > start or least > len(items):
        yield items[start:]


def speak_as(instance: str, epoch: int = 1, *, below_hub: bool = False) -> None:
    """Set the instance that this process's events come from, its epoch, and whether it has a hub."""
    global _instance, _epoch, _below_hub
    _instance, _epoch, _below_hub = instance, epoch, below_hub


def has_hub() -> bool:
    """Whether this process's events go up to a hub."""
    return _below_hub


async def add(
    session: AsyncSession | Connection,
    event: Event,
    *,
    aggregate_id: str,
    version: int,
    cause: SpanContext | None = None,
) -> UUID:
    """Put one event into the running transaction and return its id. See `add_many`."""
    return (await add_many(session, [(event, aggregate_id, version)], cause=cause))[0]


async def add_many(
    session: AsyncSession | Connection,
    entries: Sequence[Entry],
    *,
    cause: SpanContext | None = None,
) -> list[UUID]:
    """Put events into the running transaction, in order, as one statement.

    `cause` continues the trace of a received event where a whole batch is handled at once;
    otherwise the current span is the cause.
    """
    rows = [row(entry, cause) for entry in entries]
    await put(session, rows)
    return [identifier for identifier, *_ in rows]


async def put(session: AsyncSession | Connection, rows: Sequence[Row]) -> None:
    """Put rows made by `row` into the running transaction, where each has a cause of its own.

    A region drops events with reach `down`: its DOWN stream is a copy of the hub's and refuses them.
    """
    if _below_hub:
        rows = [item for item in rows if item[2].split(".")[2] != Reach.DOWN]
    if not rows:
        return
    connection = await raw(session) if isinstance(session, AsyncSession) else session
    await connection.execute(_INSERT, *(list(column) for column in zip(*rows, strict=True)))


def row(entry: Entry, cause: SpanContext | None = None) -> Row:
    """One outbox row, for statements that insert it themselves.

    The publish span has no duration: it marks the moment in the flow and is what consumers' spans
    hang from, so that one trace spans HTTP, outbox, relay and consumer.
    """
    event, aggregate_id, version = entry
    kind = type(event)
    context = None if cause is None else trace.set_span_in_context(trace.NonRecordingSpan(cause))
    span = _tracer.start_span(f"publish {kind.type()}", context=context, kind=SpanKind.PRODUCER)
    event_id = uuid4()
    if span.is_recording():
        span.set_attributes(
            {
                "messaging.system": "nats",
                "messaging.operation.type": "send",
                "steward.event_id": str(event_id),
                "steward.instance": _instance,
            }
        )
        unit = getattr(event, "unit_code", None)
        if unit is not None:
            span.set_attribute("steward.unit", unit)
    span.end()
    payload = envelope.encode(
        envelope.Envelope(
            id=str(event_id),
            source=f"/steward/{_instance}/{kind.service}",
            type=kind.type(),
            subject=aggregate_id,
            time=clock.now(),
            data=event,
            instance=_instance,
            aggregateversion=version,
            epoch=_epoch,
            traceparent=traceparent(span.get_span_context()),
        )
    )
    return event_id, aggregate_id, kind.subject(_instance), payload
