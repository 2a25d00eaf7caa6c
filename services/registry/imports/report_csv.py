"""The report of an import as a table that people open in a spreadsheet."""

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from types import SimpleNamespace
from typing import Any

COUNTS = (
    ("read", "received"), ("created", "created"), ("updated", "updated"), ("unchanged", "unchanged"),
    ("held", "held"), ("rejected", "rejected_count"), ("not in the list", "absent_count"),
    ("deactivated", "deactivated"),
)  # fmt: skip
HEADERS = ("line", "column", "code", "what to do")
# A cell that begins so is a formula or a command to some spreadsheet (OWASP, CSV injection).
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_APOSTROPHE = "'"
# Where semicolons separate, as in French, a file with commas is read so that the rest of a cell may begin one.
_WITHIN = re.compile(r"""([;|\t\r\n]["' ]*)(?=[=+\-@＝＋－＠])""")


def as_csv(report: Mapping[str, Any]) -> str:
    """A stored report: its counts, an empty line, then the findings in the order of lines."""
    lines: list[str] = []
    csv.writer(SimpleNamespace(write=lines.append)).writerows(map(neutral, row) for row in _rows(report))
    return "".join(lines)


def neutral(cell: object) -> str:
    """A cell that no spreadsheet takes for a formula."""
    text = _WITHIN.sub(rf"\1{_APOSTROPHE}", str(cell))
    return _APOSTROPHE + text if text.lstrip(" ").startswith(FORMULA) or text.startswith(FORMULA) else text


def _rows(report: Mapping[str, Any]) -> Iterator[Sequence[object]]:
    for shown, name in COUNTS:
        if name in report:
            yield shown, report[name]
    if report.get("encoding"):
        yield "encoding", report["encoding"]
    yield ()
    yield HEADERS
    columns = report.get("columns") or {}
    for each in report.get("rejected", ()):
        field = each["pointer"].removeprefix("/")
        yield each["line"], columns.get(field, field), each["code"], each["detail"]
    for each in report.get("held_lines", ()):
        yield each["line"], columns.get("external_id", "external_id"), each["code"], f"Held. {each['detail']}"
    for each in report.get("remarks", ()):
        field = each["pointer"].removeprefix("/")
        yield each["first_line"], columns.get(field, field), each["code"], each["detail"]
    if report.get("rejected_count", 0) > len(report.get("rejected", ())):
        yield "", "", "", f"Only the first {len(report['rejected'])} rejected lines are listed."
    if report.get("held", 0) > len(report.get("held_lines", ())):
        yield "", "", "", f"Only the first {len(report['held_lines'])} held lines are listed."
