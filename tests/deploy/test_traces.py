"""Spans go in over OTLP and come out as a tree."""

import gzip
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.trace import SpanKind, Status, StatusCode
from typer.testing import CliRunner

from deploy.cli import app
from deploy.local.trace_tree import render
from deploy.local.traces import Receiver, Server, Span, TraceStore


@pytest.fixture
def store(tmp_path: Path) -> Iterator[TraceStore]:
    opened = TraceStore(tmp_path / "traces.db", most=50)
    yield opened
    opened.close()


@pytest.fixture
def receiver_url(store: TraceStore) -> Iterator[str]:
    server = Server(("127.0.0.1", 0), type("Storing", (Receiver,), {"store": store}))
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join()


def span(number: int, parent: int | None = None, **changes) -> Span:
    known: dict[str, Any] = {
        "trace_id": "t" * 32,
        "span_id": f"{number:016x}",
        "parent_id": "" if parent is None else f"{parent:016x}",
        "service": "planning",
        "name": "select",
        "kind": "client",
        "start_ns": number * 1_000_000,
        "end_ns": number * 1_000_000 + 500_000,
        "error": "",
        "attributes": {},
    }
    return Span(**(known | changes))


def test_what_an_exporter_sends_is_found_by_its_trace(store: TraceStore, receiver_url: str):
    provider = TracerProvider(resource=Resource.create({"service.name": "gateway"}))
    exporter = OTLPSpanExporter(endpoint=f"{receiver_url}/v1/traces")
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracer = provider.get_tracer("test")
    with tracer.start_as_current_span("POST /v1/plans", kind=SpanKind.SERVER) as root:
        with tracer.start_as_current_span("insert") as inner:
            inner.set_status(Status(StatusCode.ERROR, "refused"))
            inner.set_attribute("steward.unit", "N01")
    provider.shutdown()

    found = store.trace(f"{root.get_span_context().trace_id:032x}")
    assert [(item.service, item.name, item.kind, item.error) for item in found] == [
        ("gateway", "POST /v1/plans", "server", ""),
        ("gateway", "insert", "internal", "refused"),
    ]
    assert found[1].parent_id == found[0].span_id
    assert found[1].attributes == {"steward.unit": "N01"}


@pytest.mark.parametrize(
    ("path", "body", "headers", "status"),
    [
        ("/v1/traces", b"\xff\xff\xff", {}, 400),
        ("/v1/traces", b"no gzip", {"Content-Encoding": "gzip"}, 400),
        ("/v1/metrics", b"", {}, 404),
        ("/v1/traces", gzip.compress(b"", mtime=0), {"Content-Encoding": "gzip"}, 200),
    ],
)
async def test_nonsense_is_refused(receiver_url: str, path: str, body: bytes, headers: dict, status: int):
    async with aiohttp.ClientSession() as http:
        async with http.post(receiver_url + path, data=body, headers=headers) as answer:
            assert answer.status == status


def test_the_oldest_spans_make_room(store: TraceStore):
    store.add([span(number) for number in range(80)])
    kept = store.trace("t" * 32)
    assert [item.span_id for item in kept] == [f"{number:016x}" for number in range(30, 80)]


def test_the_newest_traces_are_listed_first(store: TraceStore):
    now = time.time_ns()
    store.add([span(1, trace_id="a" * 32, name="older", start_ns=now, end_ns=now + 5)])
    store.add([span(2, trace_id="b" * 32, name="newer", start_ns=now, end_ns=now + 9)])
    assert store.latest() == [("b" * 32, "newer", 1, "planning", 9), ("a" * 32, "older", 1, "planning", 5)]


def test_the_tree_shows_what_set_off_what():
    spans = [
        span(1, service="gateway", name="POST", kind="server", attributes={"http.response.status_code": 200}),
        span(2, 1, service="assessment", name="submit", kind="server"),
        span(3, 2, name="consume", kind="consumer", error="poison"),
        span(9, 77, name="orphan"),
    ]
    lines = list(render(spans))
    assert lines[1] == "4 spans, 1 failed, 8.50 ms, assessment, gateway, planning"
    assert lines[3].endswith("├─ POST -> 200")
    assert lines[4].endswith("│  └─ submit")
    assert lines[5].endswith("│     └─ consume  !! poison")
    assert lines[6].endswith("└─ orphan")


def test_many_leaves_alike_are_one_line():
    spans = [span(1, name="batch"), *(span(number, 1) for number in range(2, 12)), span(20, 1, name="commit")]
    lines = list(render(spans))[3:]
    assert len(lines) == 3
    assert lines[1].endswith("├─ select x 10, 5.00 ms in all")


def test_the_last_error_is_the_newest_flow_that_failed(store: TraceStore):
    assert store.last_error() is None
    store.add([span(1, trace_id="a" * 32, kind="consumer", error="error")])
    store.add([span(2, trace_id="b" * 32, kind="server", service="gateway", error="error")])
    store.add([span(3, trace_id="c" * 32, kind="server")])
    store.add([span(4, trace_id="d" * 32, kind="client", error="error")])  # a statement: nothing failed by it
    assert store.last_error() == "b" * 32
    assert store.last_error("planning") == "a" * 32
    assert store.last_error("registry") is None


def test_the_command_prints_the_last_error_as_a_tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("STEWARD_LOCAL_FOLDER", str(tmp_path))

    def command(*arguments: str) -> tuple[int, str]:
        done = CliRunner().invoke(app, ["trace", *arguments])
        return done.exit_code, done.output

    assert command("--last-error") == (2, f"No traces in {tmp_path / 'traces.db'}.\n")
    opened = TraceStore(tmp_path / "traces.db")
    code, said = command("--last-error")
    assert (code, said.startswith("No recorded flow failed;")) == (2, True)
    opened.add([span(1, service="gateway", kind="server"), span(2, 1, kind="consumer", error="error")])
    opened.close()
    code, said = command("--last-error", "--service", "planning")
    assert code == 0
    assert said.splitlines()[1] == "2 spans, 1 failed, 1.50 ms, gateway, planning"
    assert said.splitlines()[-1].endswith("select  !! error")
    assert command("--last-error", "--service", "registry")[1].startswith(
        "No recorded flow failed in registry"
    )
    for nonsense in (
        ["--service", "planning"],
        ["--last-error", "--service", "finance"],
        ["a", "--last-error"],
    ):
        assert command(*nonsense)[0] == 2
