"""A log line says where it belongs, and never what an exception quotes."""

import asyncio
import json
import logging
import re
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags

from shared.messaging.tracing import concerning
from shared.telemetry import logs
from tests.docs.pages import ROOT, rows

PRIVATE = "Ann Okonkwo +233201234567"
UNSAMPLED = SpanContext(0xABC, 0xDEF, is_remote=False, trace_flags=TraceFlags(0))
FIELDS = ["time", "level", "service", "instance", "logger", "trace_id", "span_id", "event_id", "message"]
EVENT = "0193e1a0-0000-7000-8000-00000000000f"

Lines = Callable[[], list[dict[str, Any]]]


def test_a_line_has_every_field_also_outside_any_trace(seen: Lines):
    logging.getLogger("steward.x").warning("so %d", 3)
    (line,) = seen()
    assert list(line) == FIELDS
    assert line["time"].endswith("+00:00")
    assert (line["level"], line["message"], line["logger"]) == ("warning", "so 3", "steward.x")
    assert (line["service"], line["instance"]) == ("planning", "north")
    assert line["trace_id"] is line["span_id"] is line["event_id"] is None


def test_a_flow_that_is_not_sampled_is_named_too(seen: Lines):
    with trace.use_span(NonRecordingSpan(UNSAMPLED)):
        logging.getLogger("steward.x").warning("inside")
    logging.getLogger("steward.x").warning("outside")
    inside, outside = seen()
    assert (inside["trace_id"], inside["span_id"]) == (f"{0xABC:032x}", f"{0xDEF:016x}")
    assert outside["trace_id"] is None


@pytest.mark.parametrize("readable", [True, False])
def test_what_concerns_an_event_names_it_and_its_trace(seen: Lines, readable: bool):
    payload = b'{"id": 1, "traceparent": "00-%032x-%016x-00"}' % (0xABC, 0xDEF)
    with concerning(EVENT, payload if readable else b"{"):
        logging.getLogger("steward.x").error("failed")
    logging.getLogger("steward.x").error("another")
    first, second = seen()
    assert (first["event_id"], second["event_id"]) == (EVENT, None)
    assert first["trace_id"] == (f"{0xABC:032x}" if readable else None)


@pytest.mark.parametrize("logger", ["steward.x", "uvicorn.error", "aiohttp.server", "sqlalchemy.pool"])
def test_an_exception_is_its_type_and_place(seen: Lines, logger: str):
    try:
        raise ValueError(PRIVATE)
    except ValueError as error:
        logging.getLogger(logger).exception("broken: %s", error)
    (line,) = seen()
    assert line["message"] == "broken: ValueError"
    assert line["error"]["type"] == "ValueError"
    assert re.fullmatch(r"test_logs\.py:\d+", line["error"]["place"])
    assert PRIVATE not in json.dumps(line)


def test_a_start_that_fails_is_told_without_its_text(seen: Lines):
    """uvicorn logs the whole traceback as a message."""
    traceback = (
        'Traceback (most recent call last):\n  File "/srv/shared/app.py", line 7, in lifespan\n    await step()\n'
        f"asyncpg.exceptions.CheckViolationError: no\nDETAIL:  Failing row contains ({PRIVATE}).\nOkonkwo:\n"
    )
    logging.getLogger("uvicorn.error").error(traceback)
    (line,) = seen()
    assert line["error"] == {"type": "asyncpg.exceptions.CheckViolationError", "place": "app.py:7"}
    assert "Okonkwo" not in json.dumps(line)


async def test_a_task_that_nobody_asked_for_says_nothing_of_its_values(seen: Lines):
    def crash(what: str) -> None:
        raise RuntimeError(what)

    loop = asyncio.get_running_loop()
    loop.call_soon(crash, PRIVATE)
    future = loop.create_future()
    future.set_exception(RuntimeError(PRIVATE))
    del future
    await asyncio.sleep(0)
    found = seen()
    assert len(found) == 2
    assert {line["error"]["type"] for line in found} == {"RuntimeError"}
    assert not [line for line in found if "Okonkwo" in json.dumps(line)]


@pytest.mark.parametrize("text", ["first\nsecond", 'a "quoted" name', "\ud800", "مستشفى"])
def test_any_text_is_one_line(text: str):
    # Formatted here, not logged: what pytest captures of a test must be UTF-8 where workers report it.
    record = logging.LogRecord("steward.x", logging.WARNING, "", 1, "%s", (text,), None)
    line = logs.Json("planning", "north").format(record)
    assert "\n" not in line
    assert json.loads(line)["message"] == text


class Unprintable:
    """What cannot be put into words."""

    def __str__(self) -> str:
        raise RuntimeError(PRIVATE)


@pytest.mark.parametrize(
    ("message", "argument"),
    [("%d of it", PRIVATE), ("%(x)s of it", {"y": PRIVATE}), ("%s of it", Unprintable())],
)
def test_arguments_that_do_not_fit_are_not_printed(message: str, argument: object):
    record = logging.LogRecord("steward.x", logging.WARNING, "", 1, message, (argument,), None)
    assert json.loads(logs.Json("planning", "north").format(record))["message"] == message


def test_an_error_as_the_message_is_its_type(seen: Lines):
    logging.getLogger("library").error(ValueError(PRIVATE))
    assert seen()[0]["message"] == "ValueError"


@pytest.mark.parametrize("text", ["a\nplanning INFO forged", "\x1b[2J", "\u2028", "\x85", "\r"])
def test_a_line_for_people_is_one_line_that_moves_no_cursor(text: str):
    record = logging.LogRecord("steward.x", logging.WARNING, "", 1, "%s", (f"a{text}b",), None)
    line = logs.Text("planning", "north").format(record)
    assert line.isprintable()


CHILD = """
import threading, warnings
from shared.telemetry import logs
logs.start("planning", "north", {form!r})
warnings.warn("old", stacklevel=1)
thread = threading.Thread(target=lambda: [].index({private!r}))
thread.start()
thread.join()
class Left:
    def __del__(self): {{}}[{private!r}]
Left()
raise RuntimeError({private!r})
"""


@pytest.mark.parametrize("form", ["auto", "json", "text"])
def test_what_python_prints_itself_is_a_line_too(form: str):
    child = CHILD.format(form=form, private=PRIVATE)
    done = subprocess.run([sys.executable, "-c", child], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    if form == "text":
        assert "planning WARNING py.warnings" in done.stderr
        return
    found = [json.loads(line) for line in done.stderr.splitlines()]
    assert [line.get("error", {}).get("type") for line in found] == [
        None,
        "ValueError",
        "KeyError",
        "RuntimeError",
    ]
    assert PRIVATE not in done.stderr


def test_the_page_lists_the_fields():
    assert [row[0].strip("`") for row in rows("operate/logs.md", "Field")] == [*FIELDS, "error"]
