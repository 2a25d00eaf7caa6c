"""One span per event, on the trace of what caused it, around the handler's work."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import Any

from opentelemetry import trace
from opentelemetry.trace import NonRecordingSpan, Span, SpanKind, StatusCode
from sqlalchemy.ext.asyncio import AsyncSession

from shared.messaging.subscriptions import Received, Subscription
from shared.telemetry.logs import about_event
from shared.telemetry.provider import parse_traceparent, traceparent_of

log = logging.getLogger("steward.events")
_tracer = trace.get_tracer("steward.consumer")
Fresh = Sequence[tuple[Received[Any], str | None]]


async def handling(subscription: Subscription, session: AsyncSession, fresh: Fresh) -> None:
    """Run a subscription's handler over fresh events, each traced under its own cause.

    Batch mode of a broker gives links, not parents; a span per event keeps one trace over HTTP,
    outbox, relay, consumer and the next outbox. What a whole batch does at once (its SQL) hangs
    on its first sampled event.
    """
    if subscription.each is not None:
        for received, parent in fresh:
            span = _start(subscription, received, parent)
            with about_event(received.id), trace.use_span(span, end_on_exit=True, record_exception=False):
                await subscription.each(session, replace(received, span=span.get_span_context()))
        return
    assert subscription.batch is not None
    spans = [_start(subscription, received, parent) for received, parent in fresh]
    events = [
        replace(received, span=span.get_span_context())
        for (received, _), span in zip(fresh, spans, strict=True)
    ]
    try:
        with ExitStack() as stack:
            alone = len(events) == 1
            leading = next((span for span in spans if span.get_span_context().trace_flags.sampled), None)
            if alone:
                stack.enter_context(about_event(events[0].id))
                leading = spans[0]
            if leading is not None:  # an event among others need not be the one that fails
                stack.enter_context(
                    trace.use_span(leading, record_exception=False, set_status_on_exception=alone)
                )
            await subscription.batch(session, events)
    finally:
        for span in spans:
            span.end()


@contextmanager
def telling(figures: str, since: int) -> Iterator[None]:
    """A trace of its own for a round of a timer that publishes `figures`, at work since `since` (ns).

    Started where something is to be published, so that the many looks that find nothing leave no trace. It
    names no cause: a published figure is five people's or more, and leads to none of them.
    """
    span = _tracer.start_span(f"tell {figures}", start_time=since)
    with trace.use_span(span, end_on_exit=True, record_exception=False):
        yield


@contextmanager
def concerning(event_id: object, payload: bytes) -> Iterator[None]:
    """Log lines and spans inside carry the event's id and hang from its trace, whatever becomes of it.

    `payload` is the event as it is stored; one that cannot be read names no trace.
    """
    cause = parse_traceparent(traceparent_of(payload))
    with ExitStack() as stack:
        stack.enter_context(about_event(event_id))
        if cause is not None:
            stack.enter_context(trace.use_span(NonRecordingSpan(cause)))
        yield


def refusal(event_id: object, subject: str, payload: bytes) -> None:
    """The broker refused an event: an error in the event's own trace, and a log line that leads there."""
    with concerning(event_id, payload), _failed_span(f"refuse {_type(subject)}", SpanKind.PRODUCER, event_id):
        log.error("the broker refused an event on %s", subject)


def burial(event_id: object, subject: str, payload: bytes, consumer: str, reason: str) -> None:
    """An event was given up: an error in its own trace, and a log line that leads there."""
    with concerning(event_id, payload):
        with _failed_span(f"give up {_type(subject)}", SpanKind.CONSUMER, event_id) as span:
            span.set_attribute("messaging.consumer.group.name", consumer)
            span.set_attribute("error.type", reason)
            log.error("%s gave up an event on %s (%s)", consumer, subject, reason)


@contextmanager
def _failed_span(name: str, kind: SpanKind, event_id: object) -> Iterator[Span]:
    span = _tracer.start_span(name, kind=kind)
    span.set_attributes({"messaging.system": "nats", "steward.event_id": str(event_id)})
    span.set_status(StatusCode.ERROR)
    with trace.use_span(span, end_on_exit=True):
        yield span


def _type(subject: str) -> str:
    """The type of the event that a subject is for: the same without instance and reach."""
    parts = subject.split(".")
    return ".".join((parts[0], *parts[3:])) if len(parts) == 6 else "unknown"


def _start(subscription: Subscription, received: Received[Any], parent: str | None) -> Span:
    cause = parse_traceparent(parent)
    context = trace.set_span_in_context(NonRecordingSpan(cause)) if cause else None
    span = _tracer.start_span(f"process {subscription.event.type()}", context=context, kind=SpanKind.CONSUMER)
    if span.is_recording():
        span.set_attributes(
            {
                "messaging.system": "nats",
                "messaging.operation.type": "process",
                "messaging.consumer.group.name": subscription.durable,
                "steward.event_id": str(received.id),
                "steward.instance": received.instance,
            }
        )
        unit = getattr(received.data, "unit_code", None)
        if unit is not None:
            span.set_attribute("steward.unit", unit)
    return span
