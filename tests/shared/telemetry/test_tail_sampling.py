"""Of flows that are not sampled, those that failed or were slow are exported whole; nothing of the others."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import (
    NonRecordingSpan,
    Span,
    SpanContext,
    SpanKind,
    StatusCode,
    TraceFlags,
    TraceState,
)

from shared.settings import Settings
from shared.telemetry import provider as telemetry
from shared.telemetry import tail_sampling
from shared.telemetry.light_spans import FlowProvider
from shared.telemetry.tail_sampling import SLOW_NS, Flows, TimedIds, began


@dataclass
class Process:
    """One process with its own memory of flows, and what it told the others."""

    provider: FlowProvider
    exporter: InMemorySpanExporter
    told: list[int]

    def span(
        self, name: str, parent: Span | None = None, kind: SpanKind = SpanKind.SERVER, started: int = 0
    ) -> Span:
        """A span that has begun, at a root or below a span of this or another process."""
        context = None
        if parent is not None:
            remote = parent.get_span_context()
            context = trace.set_span_in_context(NonRecordingSpan(remote))
        tracer = self.provider.get_tracer("test")
        return tracer.start_span(name, context, kind, {"http.route": "/v1/x"}, start_time=started or None)

    def exported(self) -> list[str]:
        """Names of what was exported so far, in order."""
        self.provider.force_flush()
        return [span.name for span in self.exporter.get_finished_spans()]


def process(ratio: float = 0) -> Process:
    exporter, told = InMemorySpanExporter(), list[int]()
    provider = telemetry.exporting(
        telemetry.provider(Settings(service="planning", trace_ratio=ratio)), exporter
    )
    assert isinstance(provider.flows, Flows)
    provider.flows.tell = told.append
    return Process(provider, exporter, told)


@pytest.fixture
def here() -> Iterator[Process]:
    made = process()
    yield made
    made.provider.inner.shutdown()


@pytest.fixture
def there() -> Iterator[Process]:
    made = process()
    yield made
    made.provider.inner.shutdown()


def test_an_ordinary_flow_leaves_nothing(here: Process):
    root = here.span("POST")
    here.span("publish", root, SpanKind.PRODUCER).end()
    root.end()
    assert here.exported() == []
    assert here.told == []


def test_a_flow_that_fails_is_exported_with_what_went_before(here: Process):
    root = here.span("POST")
    here.span("publish", root, SpanKind.PRODUCER).end()
    root.set_status(StatusCode.ERROR)
    root.end()
    here.span("process", root, SpanKind.CONSUMER).end()
    assert here.exported() == ["publish", "POST", "process"]
    assert here.told == [root.get_span_context().trace_id]
    publish, post, _ = here.exporter.get_finished_spans()
    assert publish.parent.span_id == post.context.span_id
    assert post.parent is None
    assert post.status.status_code is StatusCode.ERROR
    assert post.attributes == {"http.route": "/v1/x"}
    assert post.context.trace_flags.sampled


def test_an_exception_in_a_span_is_a_failure(here: Process):
    with pytest.raises(ValueError, match="private"):
        with here.provider.get_tracer("test").start_as_current_span("process"):
            raise ValueError("private")
    assert here.exported() == ["process"]
    assert "private" not in repr(here.exporter.get_finished_spans()[0].to_json())


@pytest.mark.parametrize(("seconds", "names"), [(1.9, []), (2.1, ["POST"])])
def test_a_span_of_two_seconds_is_slow(here: Process, seconds: float, names: list[str]):
    here.span("POST", started=time.time_ns() - int(seconds * 1e9)).end()
    assert here.exported() == names


@pytest.mark.parametrize(("seconds", "names"), [(1.5, []), (2.5, ["process"])])
def test_a_flow_is_slow_that_began_two_seconds_before_its_last_span(
    here: Process, seconds: float, names: list[str]
):
    here.span("process", since(seconds), SpanKind.CONSUMER).end()
    assert here.exported() == names


def test_an_id_that_somebody_else_made_says_nothing_about_its_beginning(here: Process):
    context = SpanContext(0xABCDEF << 100, 1, is_remote=True, trace_flags=TraceFlags(0))
    here.span("process", NonRecordingSpan(context)).end()
    assert here.exported() == []


def test_ids_begin_with_the_time_and_are_sampled_by_the_rest():
    before = time.time_ns()
    ids = [TimedIds().generate_trace_id() for _ in range(500)]
    start = began(ids[0], time.time_ns())
    assert start is not None
    assert abs(start - before) < 1_000_000_000
    assert len(set(ids)) == 500
    sampler = telemetry.FlowSampler(0.5)
    share = sum(sampler.should_sample(None, each, "x").decision.is_sampled() for each in ids) / len(ids)
    assert 0.35 < share < 0.65


def test_another_process_exports_what_it_remembers_once_it_is_told(here: Process, there: Process):
    root = here.span("POST /gateway")
    inner = there.span("POST /service", root)
    there.span("publish", inner, SpanKind.PRODUCER).end()
    inner.end()
    root.set_status(StatusCode.ERROR)
    root.end()
    assert (here.exported(), there.exported()) == (["POST /gateway"], [])
    flows = there.provider.flows
    assert isinstance(flows, Flows)
    flows.record(here.told[0])
    there.span("process", inner, SpanKind.CONSUMER).end()
    assert there.exported() == ["publish", "POST /service", "process"]
    assert there.told == []  # who was told tells nobody


def test_statements_of_a_flow_that_is_not_sampled_have_no_spans(here: Process):
    root = here.span("POST")
    statement = here.span("select", root, SpanKind.CLIENT)
    assert not statement.is_recording()


def test_a_sampled_flow_is_exported_as_ever():
    sampling = process(ratio=1)
    sampling.span("POST").end()
    assert sampling.exported() == ["POST"]
    assert sampling.told == []
    sampling.provider.inner.shutdown()


def test_memory_is_bounded_and_the_newest_stay(here: Process):
    flows = Flows(lambda _: None, generation=50)
    tracer = FlowProvider(here.provider.inner, flows).get_tracer("test")
    spans = [tracer.start_span(str(number)) for number in range(500)]
    for span in spans:
        span.end()
    known = [*flows._old, *flows._young]
    assert known == [span.get_span_context().trace_id for span in spans[-100:]]


def test_what_a_caller_sends_takes_no_memory(here: Process):
    """FastAPI's spans bring path and query, the propagator `tracestate`: each is as long as a header may be."""
    state = TraceState([("a", "b" * 200)])
    caller = SpanContext(5, 6, is_remote=True, trace_flags=TraceFlags(0), trace_state=state)
    flows = here.provider.flows
    assert isinstance(flows, Flows)
    parent = trace.set_span_in_context(NonRecordingSpan(caller))
    sent = {"url.query": "q", "url.path": "/" + "x" * 60_000, "http.route": "/v1/x"}
    here.provider.get_tracer("test").start_span("GET", parent, SpanKind.SERVER, sent).end()
    (known,) = flows._young[5]
    assert known.attributes == {"http.route": "/v1/x"}
    assert not known.context.trace_state
    assert not known.parent.trace_state
    flows.record(5)
    here.provider.force_flush()
    (span,) = here.exporter.get_finished_spans()
    assert (span.context.trace_id, span.parent.span_id) == (5, 6)


def test_when_everything_is_slow_some_flows_are_enough_and_failures_still_come(here: Process):
    for _ in range(tail_sampling.SLOW_BURST + 200):
        here.span("slow", started=time.time_ns() - SLOW_NS).end()
    assert tail_sampling.SLOW_BURST <= len(here.exported()) < tail_sampling.SLOW_BURST + 100
    failed = here.span("failed")
    failed.set_status(StatusCode.ERROR)
    failed.end()
    assert here.exported()[-1] == "failed"


def since(seconds: float) -> Span:
    """The root of another process's flow that began so long ago."""
    trace_id = ((time.time_ns() - int(seconds * 1e9)) // 1_000_000 << 80) | 7
    return NonRecordingSpan(SpanContext(trace_id, 1, is_remote=True, trace_flags=TraceFlags(0)))
