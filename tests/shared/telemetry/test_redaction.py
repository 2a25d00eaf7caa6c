"""Spans leave without what may be about people."""

import pytest
from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import (
    Link,
    NonRecordingSpan,
    SpanContext,
    SpanKind,
    StatusCode,
    TraceFlags,
    Tracer,
    TraceState,
)

from shared.telemetry.light_spans import LightSpan
from shared.telemetry.redaction import Exporter, attributes, unit_of
from shared.telemetry.tail_sampling import Flows

PERSON = "588a47be-409e-4431-be2e-b8bf426177bf"


PATHS = [
    (f"/v1/people/{PERSON}/profile", "/v1/people/{person_id}/profile"),
    (f"/v1/people/{PERSON}/profile", "/v1/people"),  # as the gateway names what it passes on
    (f"/v1/plans/{PERSON}/agree", "/v1/plans/{plan_id}/agree"),
    (f"/v1/rater-requests/{PERSON}", ""),
    ("/v1/people/Jane%20Doe", "/v1/people/{person_id}"),
]


@pytest.mark.parametrize("sampled", [True, False], ids=["sampled", "recorded because it failed"])
@pytest.mark.parametrize(("path", "route"), PATHS)
def test_a_request_is_known_by_its_route_and_no_id_of_its_path_leaves(path: str, route: str, sampled: bool):
    kept = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(Exporter(kept)))
    known = {"url.path": path, "url.query": path, "http.route": route, "http.response.status_code": 200}
    if sampled:
        provider.get_tracer("test").start_span(f"GET {route}", attributes=known).end()
    else:
        caller = SpanContext(5, 6, is_remote=True, trace_flags=TraceFlags(0))
        span = LightSpan(
            Flows(lambda _: None), caller, caller, f"GET {route}", SpanKind.SERVER, dict(known), 1
        )
        span.slim()
        assert PERSON not in str(span.attributes)
        Exporter(kept).export([span.readable(Resource({}))])
    (sent,) = kept.get_finished_spans()
    for word in (PERSON, "Jane", "url.path"):
        assert word not in sent.to_json()
    assert dict(sent.attributes or {}) == {"http.route": route, "http.response.status_code": 200}


@pytest.mark.parametrize(
    ("path", "route", "expected"),
    [
        ("/v1/units/MD-1/overview", "/v1/units/{code}/overview", "MD-1"),
        ("/v1/rollups/MD-1", "/v1/rollups/{unit_code}", "MD-1"),
        ("/v1/roles/chw", "/v1/roles/{code}", None),
        ("/v1/units", "/v1/units", None),
        ("/v1", "/v1/units/{code}", None),
    ],
)
def test_the_unit_of_a_path(path: str, route: str, expected: str | None):
    assert unit_of(path, route) == expected


def test_a_unit_that_was_not_found_is_not_told():
    known = {"url.path": "/v1/units/Jane", "http.route": "/v1/units/{code}", "http.response.status_code": 404}
    assert "steward.unit" not in attributes(known)
    assert attributes(known | {"http.response.status_code": 200})["steward.unit"] == "Jane"


def _refused(tracer: Tracer) -> None:
    with tracer.start_as_current_span("insert") as span:
        span.set_attributes({"url.query": "name=Jane", "user_agent.original": "Jane", "http.route": "/v1"})
        raise ValueError("Key (external_id)=(Jane) already exists.")


def test_what_is_not_listed_stays_and_what_an_exception_quotes():
    kept = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(Exporter(kept)))
    with pytest.raises(ValueError, match="Jane"):
        _refused(provider.get_tracer("test"))
    (sent,) = kept.get_finished_spans()
    assert "Jane" not in sent.to_json()
    assert dict(sent.attributes or {}) == {"http.route": "/v1"}
    assert sent.status.status_code is StatusCode.ERROR
    assert [dict(event.attributes or {}) for event in sent.events] == [{"exception.type": "ValueError"}]


def test_what_a_caller_writes_beside_its_trace_id_stays():
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(Exporter(exporter)))
    state = TraceState([("who", "Jane")])
    caller = SpanContext(5, 6, is_remote=True, trace_flags=TraceFlags(1), trace_state=state)
    parent = trace.set_span_in_context(NonRecordingSpan(caller))
    link = Link(caller, {"user_agent.original": "Jane", "http.route": "/v1"})
    provider.get_tracer("test").start_span("GET", parent, links=[link]).end()
    (sent,) = exporter.get_finished_spans()
    contexts = (sent.context, sent.parent, sent.links[0].context)
    assert [(one.trace_id, dict(one.trace_state)) for one in contexts if one] == [(5, {})] * 3
    assert sent.links[0].attributes == {"http.route": "/v1"}
