"""``steward trace``: flows that the local stack recorded."""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from deploy.data_folder.settings import local_settings
from deploy.printing import show, show_line, table
from deploy.services import NAMES

if TYPE_CHECKING:
    from deploy.local.traces import Span


def trace(
    trace_id: Annotated[str, typer.Argument(help="Trace id or traceparent; none lists the newest.")] = "",
    last_error: Annotated[
        bool, typer.Option("--last-error", help="The newest flow in which something failed.")
    ] = False,
    service: Annotated[str, typer.Option(help="With --last-error: in which this service failed.")] = "",
) -> None:
    """Print a flow that the local stack recorded as a tree."""
    if service and not last_error:
        _stop("--service belongs to --last-error.")
    if service and service not in NAMES:
        _stop(f"There is no service {service!r}. Services: {', '.join(NAMES)}.")
    if trace_id and last_error:
        _stop("Say either a trace id or --last-error.")
    path = local_settings().folder / "traces.db"
    if not path.exists():
        _stop(f"No traces in {path.resolve()}.")
    from deploy.local.traces import TraceStore  # loads OpenTelemetry

    store = TraceStore(path)
    if last_error:
        found = store.last_error(service)
        if found is None:
            where = f" in {service}" if service else ""
            _stop(f"No recorded flow failed{where}; spans arrive about two seconds after the flow.")
        _print(store.trace(found))
    elif trace_id:
        wanted = trace_id.split("-")[1] if trace_id.count("-") == 3 else trace_id
        spans = store.trace(wanted.lower())
        if not spans:
            _stop(f"No spans of trace {wanted}; they arrive about two seconds after the flow.")
        _print(spans)
    else:
        rows = [
            (known, f"{nanoseconds / 1e6:.1f}", str(count), name, services)
            for known, name, count, services, nanoseconds in store.latest()
        ]
        show(table(("TRACE", "MS", "SPANS", "NAME", "SERVICES"), rows, numbers=("MS", "SPANS")))


def _print(spans: "Sequence[Span]") -> None:
    from deploy.local.trace_tree import FAILED, render

    for line in render(list(spans)):
        show_line(line, "red" if FAILED in line else "")


def _stop(message: str) -> NoReturn:
    print(message, file=sys.stderr)
    raise SystemExit(2)
