"""What of a span leaves the process: what is listed here, and nothing else. docs/operate/traces.md explains it.

The libraries that make spans put in what a caller sent (query strings, host names) and what a database
says of a row that it refuses, so everything is left out that is not known to be without people.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from opentelemetry.sdk.trace import Event, ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from opentelemetry.trace import Link, SpanContext, Status

ATTRIBUTES = frozenset(
    {
        "db.namespace",
        "db.query.text",
        "db.system.name",
        "error.type",
        "http.request.method",
        "http.response.status_code",
        "http.route",
        "messaging.consumer.group.name",
        "messaging.operation.type",
        "messaging.system",
        "network.protocol.version",
        "steward.event_id",
        "steward.instance",
        "steward.unit",
        "url.scheme",
    }
)
_EXCEPTION = frozenset({"exception.type"})  # its message may quote a row
_UNIT = re.compile(r"^/v1/(?:.*/)?(?:units/\{code\}|\{unit_code\})")


class Exporter(SpanExporter):
    """Hands on to `inner` what may leave."""

    def __init__(self, inner: SpanExporter) -> None:
        self._inner = inner

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Send `spans` without what is not listed."""
        return self._inner.export([permitted(span) for span in spans])

    def shutdown(self) -> None:
        """Close the inner exporter."""
        self._inner.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Flush the inner exporter."""
        return self._inner.force_flush(timeout_millis)


def permitted(span: ReadableSpan) -> ReadableSpan:
    """The same span with listed attributes alone; of an exception its type, of a status its code."""
    return ReadableSpan(
        name=span.name,
        context=plain(span.context) if span.context else None,
        parent=plain(span.parent) if span.parent else None,
        resource=span.resource,
        attributes=attributes(span.attributes or {}),
        events=[
            Event(event.name, _only(_EXCEPTION, event.attributes or {}), event.timestamp)
            for event in span.events
        ],
        links=[Link(plain(link.context), _only(ATTRIBUTES, link.attributes or {})) for link in span.links],
        kind=span.kind,
        status=Status(span.status.status_code),
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )


def plain(context: SpanContext) -> SpanContext:
    """The same without its `tracestate`, in which a caller may write anything."""
    if not context.trace_state:
        return context
    return SpanContext(context.trace_id, context.span_id, context.is_remote, context.trace_flags)


def attributes(known: Mapping[str, Any]) -> dict[str, Any]:
    """The listed ones of `known`, and the unit that the path names where there is one.

    The path itself has ids of people, plans and assessments in it: of a request its route is sent, the template.
    """
    allowed = _only(ATTRIBUTES, known)
    unit = unit_of(known.get("url.path", ""), known.get("http.route", ""))
    if unit is not None and known.get("http.response.status_code", 500) < 400:  # else it may be anything
        allowed["steward.unit"] = unit
    return allowed


def unit_of(path: str, route: str) -> str | None:
    """The code of the unit that a route names in its path; None where there is none, or no such path."""
    named = _UNIT.match(route)
    place, segments = named[0].count("/") if named else 0, path.split("/")
    return segments[place] if 0 < place < len(segments) else None


def _only(keys: frozenset[str], known: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in known.items() if key in keys}
