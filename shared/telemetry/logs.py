"""Log lines: one JSON object a line with the trace that it belongs to, or text for a terminal.

docs/operate/logs.md lists the fields. What an exception says may quote a row, so its text is never
written, by whichever library logs it: its type and place are enough to find it.
"""

import json
import logging
import os
import re
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Literal

from opentelemetry import trace

Form = Literal["auto", "json", "text"]

FRAMES = 6
OURS = frozenset({"services", "shared", "deploy", "tests"})  # packages of this project, not a library's
_TRACEBACK = "Traceback (most recent call last)"
_FRAME = re.compile(r'File "(?:.*/)?([^"/]+)", line (\d+)')
_KIND = re.compile(r"^([A-Za-z_][\w.]*)(?=:|$)", re.MULTILINE)
# Characters that would begin a line of their own, or move about on a terminal.
_CONTROL = {code: repr(chr(code))[1:-1] for code in (*range(32), *range(127, 160), 0x2028, 0x2029)}
_event: ContextVar[str | None] = ContextVar("event_id", default=None)


@contextmanager
def about_event(event_id: object) -> Iterator[None]:
    """Lines that are logged inside carry this event's id."""
    token = _event.set(str(event_id))
    try:
        yield
    finally:
        _event.reset(token)


def place(error: BaseException) -> str:
    """Where an error came from, our own innermost line last, without its message: that may quote input."""
    return _place(error.__traceback__)


def origin(error: BaseException) -> str:
    """Our own line from which an error came, `services/planning/plans/proposal.py:40`, not a library's below.

    Of an error that passed none of ours the innermost.
    """
    steps = _ours(error.__traceback__)
    if not steps:
        return "unknown"
    frame, line = steps[-1].tb_frame, steps[-1].tb_lineno
    file = frame.f_code.co_filename.rsplit("/", 1)[-1]
    module = frame.f_globals.get("__name__", "")
    package = module if file == "__init__.py" else module.rpartition(".")[0]
    return f"{package.replace('.', '/')}/{file}:{line}".removeprefix("/")


def _place(step: TracebackType | None) -> str:
    steps = _ours(step)[-FRAMES:]
    return " > ".join(
        f"{one.tb_frame.f_code.co_filename.rsplit('/', 1)[-1]}:{one.tb_lineno}" for one in steps
    )


def _ours(step: TracebackType | None) -> list[TracebackType]:
    """The steps of a traceback down to our own innermost line; all of one that has none of ours."""
    steps = []
    while step is not None:
        steps.append(step)
        step = step.tb_next
    ours = [number for number, one in enumerate(steps) if _is_ours(one)]
    return steps[: ours[-1] + 1] if ours else steps


def _is_ours(step: TracebackType) -> bool:
    return str(step.tb_frame.f_globals.get("__name__", "")).partition(".")[0] in OURS


class _Lines(logging.Formatter):
    """What both forms share: the fields of a line."""

    def __init__(self, service: str, instance: str) -> None:
        super().__init__()
        self._of = {"service": service, "instance": instance}

    def fields(self, record: logging.LogRecord) -> dict[str, Any]:
        """Every field of the line of `record`, in order; `error` only where there was one."""
        span = trace.get_current_span().get_span_context()
        message, error = _message(record)
        known = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            **self._of,
            "logger": record.name,
            "trace_id": f"{span.trace_id:032x}" if span.is_valid else None,
            "span_id": f"{span.span_id:016x}" if span.is_valid else None,
            "event_id": _event.get(),
            "message": message,
        }
        return known | ({"error": error} if error else {})


class Json(_Lines):
    """A JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """The line of `record`."""
        return json.dumps(self.fields(record), ensure_ascii=False)


class Text(_Lines):
    """The same for people: ids only where there are some."""

    def format(self, record: logging.LogRecord) -> str:
        """The line of `record`."""
        known = self.fields(record)
        error = known.get("error")
        parts = [
            f"{known['time']} {known['service']} {record.levelname} {known['logger']}: {known['message']}",
            f" ({error['type']} at {error['place']})" if error else "",
            f" trace={known['trace_id']}" if known["trace_id"] else "",
            f" event={known['event_id']}" if known["event_id"] else "",
        ]
        return "".join(parts).translate(_CONTROL)


def _message(record: logging.LogRecord) -> tuple[str, dict[str, str] | None]:
    """The message of `record` and the type and place of its exception, both without what that says."""
    text = str(_kind(record.msg))
    try:
        message = text % _mute(record.args) if record.args else text
    except Exception:  # whatever it is: the logging module would print the arguments
        message = text
    error = None
    if record.exc_info and record.exc_info[0] is not None:
        error = {"type": record.exc_info[0].__name__, "place": _place(record.exc_info[2])}
    if record.name == "asyncio":  # it goes on with what tasks and callbacks hold
        message = message.partition("\n")[0].partition("(")[0]
    if _TRACEBACK in message:  # of a start-up that failed, as text
        message, _, rest = message.partition(_TRACEBACK)
        frames = [f"{name}:{line}" for name, line in _FRAME.findall(rest)]
        kind = _KIND.search(rest)
        error = {"type": kind[1] if kind else "unknown", "place": " > ".join(frames[-FRAMES:])}
    return message.strip() or "failed", error


def _mute(args: Any) -> Any:
    if isinstance(args, dict):
        return {name: _kind(value) for name, value in args.items()}
    return tuple(_kind(value) for value in args)


def _kind(value: object) -> object:
    return type(value).__name__ if isinstance(value, BaseException) else value


def start(service: str, instance: str, form: Form = "auto", level: int = logging.INFO) -> None:
    """Log to stderr: `auto` is text on a terminal and JSON anywhere else.

    In JSON also what Python would print by itself is such a line: warnings, and exceptions that nobody caught.
    """
    readable = form == "text" or (form == "auto" and sys.stderr.isatty())
    handler = logging.StreamHandler()
    handler.setFormatter((Text if readable else Json)(service, instance))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.captureWarnings(True)
    if not readable:
        sys.excepthook = _uncaught
        sys.unraisablehook = lambda found: _uncaught(
            found.exc_type, found.exc_value or found.exc_type(), found.exc_traceback
        )
        threading.excepthook = lambda found: _uncaught(
            found.exc_type, found.exc_value or found.exc_type(), found.exc_traceback
        )


def to_file(path: Path, service: str, instance: str) -> logging.Handler:
    """A handler that appends JSON lines to a file, whose folder it makes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handler = logging.FileHandler(path, encoding="utf-8", errors="backslashreplace", delay=True)
    handler.setFormatter(Json(service, instance))
    return handler


def start_unsettled(name: str, level: int = logging.INFO) -> None:
    """The same for a process that has no `Settings`, or whose settings are wrong: by two variables of theirs."""
    forms: dict[str, Form] = {"json": "json", "text": "text"}
    form = forms.get(os.environ.get("STEWARD_LOG_FORMAT", ""), "auto")
    start(name, os.environ.get("STEWARD_INSTANCE", "local"), form, level)


def _uncaught(kind: type[BaseException], error: BaseException, step: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, step)
    else:
        logging.getLogger("steward").critical("ended", exc_info=(kind, error, step))
