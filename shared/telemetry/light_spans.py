"""Spans of flows that are not sampled: as cheap as they can be, since most are forgotten."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import Link, SpanContext, SpanKind, Status, StatusCode, TraceFlags
from opentelemetry.util.types import Attributes, AttributeValue

from shared.telemetry.redaction import attributes, plain

LONGEST = 500  # characters of an attribute's text; no path of ours is longer
_SCOPE = InstrumentationScope("steward.tail")


class Flows(Protocol):
    """Who is given light spans at their end."""

    def ended(self, span: "LightSpan") -> None:
        """Take one that has ended."""


class LightSpan(trace.Span):
    """A span of a flow that is not sampled: it stores what it is given, and `flows` decides at its end."""

    __slots__ = ("attributes", "context", "end_ns", "failed", "flows", "kind", "name", "parent", "start_ns")

    def __init__(
        self,
        flows: Flows,
        context: SpanContext,
        parent: SpanContext,
        name: str,
        kind: SpanKind,
        attributes: Any,
        start_ns: int,
    ) -> None:
        """Begin at `start_ns`; `attributes` becomes the span's own."""
        self.flows, self.context, self.parent = flows, context, parent
        self.name, self.kind, self.start_ns = name, kind, start_ns
        self.attributes: dict[str, Any] = attributes or {}
        self.end_ns = 0
        self.failed = False

    def end(self, end_time: int | None = None) -> None:
        """End it, once."""
        if not self.end_ns:
            self.end_ns = end_time or time.time_ns()
            self.flows.ended(self)

    def get_span_context(self) -> SpanContext:
        """Trace and span id, and that the flow is not sampled."""
        return self.context

    def is_recording(self) -> bool:
        """True: what is set may still be exported, if the flow fails or is slow."""
        return True

    def set_attribute(self, key: str, value: AttributeValue) -> None:
        """Set one attribute; the last value stays."""
        self.attributes[key] = value

    def set_attributes(self, attributes: Any) -> None:
        """Set several attributes; the last values stay."""
        self.attributes.update(attributes)

    def update_name(self, name: str) -> None:
        """Change its name, such as to the route that was found."""
        self.name = name

    def set_status(self, status: Status | StatusCode, description: str | None = None) -> None:  # noqa: ARG002
        """Whether it failed; a description would not be exported."""
        code = status.status_code if isinstance(status, Status) else status
        self.failed = code is StatusCode.ERROR

    def add_event(self, *_: Any, **__: Any) -> None:
        """Nothing: only statements have events."""

    def record_exception(self, *_: Any, **__: Any) -> None:
        """Nothing, as `add_event`."""

    def slim(self) -> None:
        """Leave out what would not be exported, and what is too long: callers choose it, a header's worth each."""
        self.attributes = {
            key: value
            for key, value in attributes(self.attributes).items()
            if not (type(value) is str and len(value) > LONGEST)
        }
        self.context, self.parent = plain(self.context), plain(self.parent)

    def readable(self, resource: Resource) -> ReadableSpan:
        """The same for an exporter, as if it had been sampled."""
        flags = TraceFlags(self.context.trace_flags | TraceFlags.SAMPLED)
        return ReadableSpan(
            name=self.name,
            context=SpanContext(self.context.trace_id, self.context.span_id, False, flags),
            parent=self.parent if self.parent.is_valid else None,
            resource=resource,
            attributes=self.attributes,
            kind=self.kind,
            status=Status(StatusCode.ERROR if self.failed else StatusCode.UNSET),
            start_time=self.start_ns,
            end_time=self.end_ns,
            instrumentation_scope=_SCOPE,
        )


class FlowTracer(trace.Tracer):
    """Another tracer's spans, and light ones of what that one does not sample."""

    def __init__(self, inner: trace.Tracer, flows: Flows) -> None:
        self._inner = inner
        self._flows = flows

    def start_span(  # the API's signature
        self,
        name: str,
        context: Context | None = None,
        kind: SpanKind = SpanKind.INTERNAL,
        attributes: Attributes = None,
        links: Sequence[Link] | None = None,
        start_time: int | None = None,
        record_exception: bool = True,
        set_status_on_exception: bool = True,
    ) -> trace.Span:
        """A span of `inner`, or a light one where that would record nothing."""
        span = self._inner.start_span(
            name, context, kind, attributes, links, start_time, record_exception, set_status_on_exception
        )
        if span.is_recording() or kind is SpanKind.CLIENT:
            return span
        parent = trace.get_current_span(context).get_span_context()
        own = span.get_span_context()
        return LightSpan(self._flows, own, parent, name, kind, attributes, start_time or time.time_ns())

    @contextmanager
    def start_as_current_span(self, name: str, *args: Any, **kwargs: Any) -> Iterator[trace.Span]:  # type: ignore[override]
        """The same as the current span, ended at the end."""
        ends = kwargs.pop("end_on_exit", True)
        with trace.use_span(self.start_span(name, *args, **kwargs), end_on_exit=ends) as span:
            yield span


class FlowProvider(trace.TracerProvider):
    """A provider of such tracers."""

    def __init__(self, inner: TracerProvider, flows: Flows) -> None:
        self.inner = inner
        self.flows = flows

    def get_tracer(self, *args: Any, **kwargs: Any) -> trace.Tracer:
        """A tracer of `inner` with light spans."""
        return FlowTracer(self.inner.get_tracer(*args, **kwargs), self.flows)

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Send what waits."""
        return self.inner.force_flush(timeout_millis)
