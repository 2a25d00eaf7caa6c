"""A recorded trace as a tree that people can read."""

import textwrap
from collections import defaultdict
from collections.abc import Iterator, Mapping
from itertools import groupby

from deploy.local.traces import Span

FAILED = "  !! "  # before the error of a span
ALIKE = 4  # more leaves of one name in a row are shown as one line
SERVICE_WIDTH = 11
STATEMENT_WIDTH = 70


def render(spans: list[Span]) -> Iterator[str]:
    """Lines of the tree: duration, when it began, service, kind, name, error.

    A span whose parent was not recorded (another system's, or not yet exported) is at the top.
    """
    known = {span.span_id for span in spans}
    children: defaultdict[str, list[Span]] = defaultdict(list)
    for span in spans:
        children[span.parent_id if span.parent_id in known else ""].append(span)
    first = min(span.start_ns for span in spans)
    last = max(span.end_ns for span in spans)
    services = sorted({span.service for span in spans})
    failed = sum(1 for span in spans if span.error)
    yield f"trace {spans[0].trace_id}"
    yield f"{len(spans)} spans, {failed} failed, {_ms(last - first)}, {', '.join(services)}"
    yield f"{'began':>11} {'took':>11}  {'service':<{SERVICE_WIDTH}}{'kind':<9} span"
    for place, root in enumerate(children[""]):
        yield from _branch(root, children, first, "", place == len(children[""]) - 1)


def _branch(
    span: Span, children: Mapping[str, list[Span]], first: int, indent: str, is_last: bool
) -> Iterator[str]:
    yield _line(span, first, indent + _corner(is_last))
    below = indent + ("   " if is_last else "│  ")
    groups = _alike(children.get(span.span_id, []), children)
    for place, group in enumerate(groups):
        ending = place == len(groups) - 1
        if len(group) > ALIKE:
            total = sum(item.end_ns - item.start_ns for item in group)
            yield _line(group[0], first, below + _corner(ending), f" x {len(group)}, {_ms(total)} in all")
            continue
        for number, item in enumerate(group):
            yield from _branch(item, children, first, below, ending and number == len(group) - 1)


def _alike(spans: list[Span], children: Mapping[str, list[Span]]) -> list[list[Span]]:
    """Spans in their order; neighbours that are leaves of one name, none failed, stand together."""

    def kind(span: Span) -> tuple[str, ...]:
        leaf = span.span_id not in children and not span.error
        return (span.service, _name(span)) if leaf else (span.span_id,)

    return [list(group) for _, group in groupby(spans, key=kind)]


def _line(span: Span, first: int, indent: str, more: str = "") -> str:
    error = f"{FAILED}{span.error}" if span.error else ""
    times = f"{_ms(span.start_ns - first):>11} {_ms(span.end_ns - span.start_ns):>11}"
    return f"{times}  {span.service:<{SERVICE_WIDTH}}{span.kind:<9} {indent}{_name(span)}{more}{error}"


def _corner(is_last: bool) -> str:
    return "└─ " if is_last else "├─ "


def _name(span: Span) -> str:
    """The span's name, a statement's beginning instead of its verb, and what it answered or concerns."""
    known = span.attributes
    statement = str(known.get("db.query.text") or known.get("db.statement") or "")
    status = known.get("http.response.status_code") or known.get("http.status_code")
    about = f" [{known['steward.unit']}]" if "steward.unit" in known else ""
    name = textwrap.shorten(statement, STATEMENT_WIDTH, placeholder=" ...") if statement else span.name
    return name + (f" -> {status}" if status else "") + about


def _ms(nanoseconds: int) -> str:
    return f"{nanoseconds / 1e6:.2f} ms"
