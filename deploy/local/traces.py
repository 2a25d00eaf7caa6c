"""A small OTLP/HTTP receiver: keeps the newest spans in SQLite, for ``steward trace``.

``python -m deploy.local.traces FILE PORT``. For looking at flows on one machine; a real backend
takes its place anywhere else.
"""

import gzip
import json
import logging
import sqlite3
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span as WireSpan
from opentelemetry.proto.trace.v1.trace_pb2 import Status

from shared.telemetry import logs

log = logging.getLogger("steward.traces")

MOST = 400_000  # spans, about 150 MB; the oldest make room
MAX_BODY = 16 * 1024 * 1024
_SCHEMA = """
create table if not exists span (
    id integer primary key, trace_id text not null, span_id text not null, parent_id text not null,
    service text not null, name text not null, kind text not null,
    start_ns integer not null, end_ns integer not null, error text not null, attributes text not null
);
create index if not exists span_trace on span (trace_id);
create index if not exists span_failed on span (id) where error <> '' and kind <> 'client';
"""
_INSERT = """
insert into span (trace_id, span_id, parent_id, service, name, kind, start_ns, end_ns, error, attributes)
values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""


@dataclass(frozen=True, slots=True)
class Span:
    """One recorded span; ids in hex, times in ns since 1970, `error` empty when it went well."""

    trace_id: str
    span_id: str
    parent_id: str
    service: str
    name: str
    kind: str
    start_ns: int
    end_ns: int
    error: str
    attributes: dict[str, Any]


class TraceStore:
    """Spans in an SQLite file, bounded to the newest `most`."""

    def __init__(self, path: Path, most: int = MOST) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._db = sqlite3.connect(path, check_same_thread=False)
        self._db.executescript("pragma journal_mode = wal; pragma synchronous = off;" + _SCHEMA)

    def add(self, spans: list[Span]) -> None:
        """Keep `spans`, dropping the oldest above the bound."""
        rows = [
            (s.trace_id, s.span_id, s.parent_id, s.service, s.name, s.kind, s.start_ns, s.end_ns, s.error,
             json.dumps(s.attributes))
            for s in spans
        ]  # fmt: skip
        with self._lock, self._db:
            self._db.executemany(_INSERT, rows)
            self._db.execute("delete from span where id <= (select max(id) from span) - ?", (self._most,))

    def trace(self, trace_id: str) -> list[Span]:
        """The spans of one trace in the order they began."""
        found = self._db.execute(
            "select trace_id, span_id, parent_id, service, name, kind, start_ns, end_ns, error, attributes"
            " from span where trace_id = ? order by start_ns, id",
            (trace_id,),
        )
        return [Span(*[*row[:9], json.loads(row[9])]) for row in found]

    def latest(self, limit: int = 20) -> list[tuple[str, str, int, str, int]]:
        """(trace id, name of its first span, spans, services, ns) of the newest traces."""
        return self._db.execute(
            "select t.trace_id, (select name from span s where s.trace_id = t.trace_id order by start_ns limit 1),"
            " count(*), group_concat(distinct service), max(end_ns) - min(start_ns)"
            " from span t where trace_id in"
            " (select trace_id from span group by trace_id order by max(id) desc limit ?)"
            " group by t.trace_id order by max(t.id) desc",
            (limit,),
        ).fetchall()

    def last_error(self, service: str = "") -> str | None:
        """Id of the newest trace in which something failed, in `service` where one is named; None without any.

        A request that was answered with 500 or above, an event that could not be applied or published. A
        statement that failed alone does not count: the database may be asked again, or the refusal expected.
        """
        row = self._db.execute(
            "select trace_id from span where error <> '' and kind <> 'client' and (? in ('', service))"
            " order by id desc limit 1",
            (service,),
        ).fetchone()
        return None if row is None else str(row[0])

    def close(self) -> None:
        """Close the file."""
        self._db.close()


def decode(body: bytes) -> Iterator[Span]:
    """The spans of an OTLP export request. Raises DecodeError."""
    for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
        service = str(_values(resource.resource.attributes).get("service.name", "unknown"))
        for scope in resource.scope_spans:
            for span in scope.spans:
                yield Span(
                    span.trace_id.hex(),
                    span.span_id.hex(),
                    span.parent_span_id.hex(),
                    service,
                    span.name,
                    WireSpan.SpanKind.Name(span.kind).removeprefix("SPAN_KIND_").lower(),
                    span.start_time_unix_nano,
                    span.end_time_unix_nano,
                    (span.status.message or "error") if span.status.code == Status.STATUS_CODE_ERROR else "",
                    _values(span.attributes),
                )


def _values(attributes: "Any | list[KeyValue]") -> dict[str, Any]:
    return {item.key: _value(item.value) for item in attributes}


def _value(value: AnyValue) -> Any:
    kind = value.WhichOneof("value")
    if kind == "array_value":
        return [_value(item) for item in value.array_value.values]
    return getattr(value, kind) if kind and kind not in {"kvlist_value", "bytes_value"} else None


class Receiver(BaseHTTPRequestHandler):
    """POST /v1/traces in protobuf, plain or gzip; GET /readyz."""

    protocol_version = "HTTP/1.1"
    store: TraceStore

    def do_GET(self) -> None:  # the name http.server looks for
        """Say that it runs."""
        self._answer(200 if self.path == "/readyz" else 404, b"ok")

    def do_POST(self) -> None:
        """Keep an export."""
        length = int(self.headers.get("content-length", 0))
        if self.path != "/v1/traces" or length > MAX_BODY:
            self.close_connection = True  # the body was not read
            self._answer(404 if length <= MAX_BODY else 413, b"")
            return
        body = self.rfile.read(length)
        try:
            if self.headers.get("content-encoding") == "gzip":
                body = gzip.decompress(body)
            self.store.add(list(decode(body)))
        except (DecodeError, OSError, EOFError):
            self._answer(400, b"not an OTLP export")
            return
        self._answer(200, ExportTraceServiceResponse().SerializeToString())

    def log_message(self, *_: Any) -> None:
        """Silent: one line an export helps nobody."""

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("content-type", "application/x-protobuf")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Server(ThreadingHTTPServer):
    """A thread a connection; the services keep a handful open."""

    daemon_threads = True
    allow_reuse_address = True

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002  # as socketserver has it
        """A connection that broke off, as one line: the base prints a traceback."""
        log.warning("a connection failed", exc_info=sys.exception())


def serve(path: Path, port: int) -> None:
    """Receive until killed: every export is committed, so nothing needs an orderly end."""
    try:
        store = TraceStore(path)
    except sqlite3.Error as error:
        log.critical("%s", str(error))
        raise SystemExit(1) from None
    handler = type("StoringReceiver", (Receiver,), {"store": store})
    Server(("127.0.0.1", port), handler).serve_forever()


def main(file: str, port: str) -> None:
    """Receive into `file` on `port`."""
    logs.start_unsettled("traces")
    serve(Path(file), int(port))


if __name__ == "__main__":
    main(*sys.argv[1:])
