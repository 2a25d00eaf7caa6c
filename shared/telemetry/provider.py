"""Traces: one provider a process, one trace from the HTTP call through every service it sets off."""

import os
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

import msgspec
from opentelemetry import trace
from opentelemetry.context import Context, attach, detach
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.asyncpg import AsyncPGInstrumentor
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.sdk.trace.sampling import (
    Decision,
    ParentBased,
    Sampler,
    SamplingResult,
    TraceIdRatioBased,
)
from opentelemetry.trace import Link, SpanContext, SpanKind, StatusCode, TraceState
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from opentelemetry.util.types import Attributes
from starlette.types import Scope

from shared.settings import Settings
from shared.telemetry.light_spans import FlowProvider
from shared.telemetry.redaction import Exporter
from shared.telemetry.tail_sampling import Flows, TimedIds

EXPORT_EVERY_MS = 1000
_TRACER = trace.get_tracer("steward.http")  # finds the provider once there is one
_W3C = TraceContextTextMapPropagator()
_CONTEXT_HEADERS = (b"traceparent", b"tracestate")
_Result = Coroutine[Any, Any, Any]
_Call = Callable[..., _Result]


class FlowSampler(Sampler):
    """Samples a share of flows. A client call without a parent starts no flow and is dropped.

    Without that rule every poll of the relay and the timers would be a root span.
    """

    def __init__(self, ratio: float) -> None:
        """Keep `ratio` (0..1) of the flows, decided by their trace id."""
        self._share = TraceIdRatioBased(ratio)

    def should_sample(
        self,
        parent_context: Context | None,
        trace_id: int,
        name: str,
        kind: SpanKind | None = None,
        attributes: Attributes = None,
        links: Sequence[Link] | None = None,
        trace_state: TraceState | None = None,  # noqa: ARG002  # the SDK passes it by name
    ) -> SamplingResult:
        """Drop root client spans, and sample the rest by trace id."""
        if kind is SpanKind.CLIENT:
            return SamplingResult(Decision.DROP)
        return self._share.should_sample(parent_context, trace_id, name, kind, attributes, links)

    def get_description(self) -> str:
        """As the SDK prints it."""
        return f"FlowSampler({self._share.get_description()})"


class _SampledStatements(AsyncPGInstrumentor):
    """Spans of statements below a sampled span only; the others cost one look at the current span.

    The sampler would drop the others anyway (`ParentBased`, and a statement starts no flow), but only
    after the instrumentation has put name and attributes together: it took a tenth of a submit.
    """

    _instance = None  # the base keeps one instance a class: not the one of its own that it may have made

    def _do_execute(self, call: _Call, instance: Any, args: Any, kwargs: Any) -> _Result:
        spanned: _Call = super()._do_execute
        return spanned(call, instance, args, kwargs) if _sampled() else call(*args, **kwargs)

    def _do_cursor_execute(self, call: _Call, instance: Any, args: Any, kwargs: Any) -> _Result:
        spanned: _Call = super()._do_cursor_execute
        return spanned(call, instance, args, kwargs) if _sampled() else call(*args, **kwargs)

    def _do_prepared_execute(self, call: _Call, instance: Any, args: Any, kwargs: Any) -> _Result:
        spanned: _Call = super()._do_prepared_execute
        return spanned(call, instance, args, kwargs) if _sampled() else call(*args, **kwargs)


def _sampled() -> bool:
    return trace.get_current_span().get_span_context().trace_flags.sampled


def resource(settings: Settings) -> Resource:
    """What every span of the process says of it."""
    return Resource.create(
        {
            "service.name": settings.service,
            "service.namespace": "steward",
            "steward.instance": settings.instance,
        }
    )


def provider(settings: Settings) -> TracerProvider:
    """A provider of sampled spans, without a way out of the process."""
    sampler = ParentBased(root=FlowSampler(settings.trace_ratio))
    return TracerProvider(resource=resource(settings), sampler=sampler, id_generator=TimedIds())


def exporting(inner: TracerProvider, exporter: SpanExporter) -> FlowProvider:
    """`inner` with its spans going to `exporter`, and with those of flows that fail or are slow."""
    processor = BatchSpanProcessor(
        Exporter(exporter), schedule_delay_millis=EXPORT_EVERY_MS, max_queue_size=8192
    )
    inner.add_span_processor(processor)
    return FlowProvider(inner, Flows(lambda span: processor.on_end(span.readable(inner.resource))))


def start(settings: Settings) -> TracerProvider | FlowProvider:
    """Make the process's tracer provider, and spans of its statements.

    Spans go to `settings.otlp_endpoint` where it is set, and nowhere else.
    """
    made = provider(settings)
    if settings.otlp_endpoint:
        endpoint = f"{settings.otlp_endpoint.rstrip('/')}/v1/traces"
        whole: TracerProvider | FlowProvider = exporting(made, OTLPSpanExporter(endpoint=endpoint, timeout=5))
    else:
        whole = made
    trace.set_tracer_provider(whole)
    os.environ.setdefault("OTEL_SEMCONV_STABILITY_OPT_IN", "database")  # db.query.text, not db.statement
    instrumentor = _SampledStatements()  # type: ignore[no-untyped-call]  # the package is untyped here
    if not instrumentor.is_instrumented_by_opentelemetry:
        instrumentor.instrument(tracer_provider=made)
    return whole


class ServerSpan:
    """The span of a request that FastAPI does not see; set `status` once the answer's is known."""

    def __init__(self, scope: Scope, route: str) -> None:
        """Begin with the request of `scope`, called by `route`, its path's template."""
        self.status = 0
        sent = {name: value for name, value in scope["headers"] if name in _CONTEXT_HEADERS}
        carrier = {name.decode(): value.decode("latin-1") for name, value in sent.items()}
        parent = _W3C.extract(carrier) if b"traceparent" in sent else Context()
        name = f"{scope['method']} {route}"
        self._span = _TRACER.start_span(name, parent, SpanKind.SERVER)
        self._context = trace.set_span_in_context(self._span, parent)
        if self._span.is_recording():
            self._span.set_attributes(
                {
                    "http.request.method": scope["method"],
                    "http.route": route,
                    "url.scheme": scope["scheme"],
                    "url.path": scope["path"],
                    "network.protocol.version": scope["http_version"],
                }
            )

    def __enter__(self) -> "ServerSpan":
        """Make it the current span."""
        self._token = attach(self._context)
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """End it, with what came of the request."""
        detach(self._token)
        if not self._span.is_recording():
            return
        self._span.set_attribute("http.response.status_code", self.status)
        if kind is not None or self.status >= 500:
            self._span.set_attribute("error.type", kind.__name__ if kind else str(self.status))
            self._span.set_status(StatusCode.ERROR)
        self._span.end()


def traceparent(context: SpanContext) -> str | None:
    """W3C Trace Context header of a span, None where there is no valid one."""
    if not context.is_valid:
        return None
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-{int(context.trace_flags):02x}"


def parse_traceparent(value: str | None) -> SpanContext | None:
    """The remote span that a W3C Trace Context header names, None where it is absent or malformed."""
    try:
        _, trace_id, span_id, flags = (value or "").split("-")
        context = SpanContext(
            int(trace_id, 16), int(span_id, 16), is_remote=True, trace_flags=trace.TraceFlags(int(flags, 16))
        )
    except ValueError:
        return None
    return context if context.is_valid else None


class _Traced(msgspec.Struct):
    traceparent: str | None = None


def traceparent_of(payload: bytes) -> str | None:
    """The traceparent of an encoded event, None where it has none or cannot be read."""
    try:
        return msgspec.json.decode(payload, type=_Traced).traceparent
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def trace_of(payload: bytes) -> str | None:
    """Id of the trace that an encoded event belongs to, as 32 hex digits; None where it names none."""
    cause = parse_traceparent(traceparent_of(payload))
    return f"{cause.trace_id:032x}" if cause else None


def trace_id() -> str | None:
    """The id of the current trace as 32 hex digits, None outside any."""
    context = trace.get_current_span().get_span_context()
    return f"{context.trace_id:032x}" if context.is_valid else None
