"""Examples that this very instance answers, in local mode: an operation of the API page works unchanged.

What services ship as examples names people and plans of no instance. The demonstration writes a file with some of
its own, by operation:

    {"GET /v1/plans/{plan_id}": {"parameters": {"plan_id": "01a2.."}}, "POST /v1/units": {"body": {..}}}
"""

import json
from pathlib import Path
from typing import Any

from services.gateway.openapi.component_names import Document

Examples = dict[str, dict[str, Any]]


class InstanceExamples:
    """The file's content, read again when it was written again."""

    def __init__(self, path: Path | None) -> None:
        """Without a path, or before the file is there, there are none."""
        self._path = path
        self._written: int | None = None

    def changed(self) -> bool:
        """Whether the file was written since the last question."""
        written = self._path.stat().st_mtime_ns if self._path and self._path.exists() else None
        before, self._written = self._written, written
        return written != before

    def fill(self, document: Document) -> Document:
        """Show the operations of `document` by this instance's own; the rest stays as it is."""
        if self._path is None or not self._path.exists():
            return document
        known: Examples = json.loads(self._path.read_text())
        for path, item in document["paths"].items():
            for method, operation in item.items():
                if given := known.get(f"{method.upper()} {path}"):
                    _show(operation, given)
        return document


def _show(operation: Document, given: dict[str, Any]) -> None:
    for parameter in operation.get("parameters", ()):
        if parameter["name"] in given.get("parameters", {}):
            parameter.pop("examples", None)
            parameter["example"] = given["parameters"][parameter["name"]]
    if "body" in given:
        content = operation.get("requestBody", {}).get("content", {})
        for kind, media in content.items():
            if kind == "text/csv" and len(content) > 1:
                continue  # the body is written in the other form
            media.pop("examples", None)
            media["example"] = given["body"]
