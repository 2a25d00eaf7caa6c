"""What an OpenAPI document says beside the models: examples, and every problem that an operation can end in.

Per service, in `services/<name>/content/`:

    problem_codes.json   code -> [meaning, remedy]; those of several services are beside this module
    problems.json        operation -> ["<status> <code>", ..], read from code (`deploy.contracts.problem_docs`)
    examples.json        values by parameter, by schema and, where a schema is not enough, by operation
"""

import http
import json
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import FastAPI

from shared.http.parameters import command_headers, show

Document = dict[str, Any]

METHODS = ("get", "put", "post", "delete", "patch")
PROBLEM: Document = {
    "type": "object",
    "description": "Why a request was refused (RFC 9457). `code` is stable: docs/integrate/codes.md.",
    "required": ["type", "title", "status", "code", "detail"],
    "properties": {
        "type": {"type": "string", "examples": ["urn:steward:problem:role-missing"]},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string", "examples": ["role-missing"]},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "code", "detail"],
                "properties": {
                    "pointer": {"type": "string", "description": "RFC 6901, into the body or /query/..."},
                    "code": {"type": "string"},
                    "detail": {"type": "string"},
                },
            },
        },
        "trace_id": {"type": "string", "description": "Names the request in traces and logs."},
    },
}
PROBLEM_REFERENCE = {"$ref": "#/components/schemas/Problem"}
MEDIA_TYPE = "application/problem+json"
_FOLDER = Path(__file__).resolve().parent
_SERVICES = _FOLDER.parent.parent / "services"
_TITLES = {413: "Content too large", 422: "Invalid input", 500: "Internal error"}  # else as RFC 9110 has it
_ERRORS = [{"pointer": "/query/limit", "code": "less-than-equal", "detail": "Input should be at most 200."}]


def codes(service: str) -> dict[str, tuple[str, str]]:
    """Meaning and remedy by code, as far as `service` can answer it."""
    tables = (_FOLDER / "problem_codes.json", _SERVICES / service / "content" / "problem_codes.json")
    return {code: (meaning, remedy) for table in tables for code, (meaning, remedy) in _read(table).items()}


def describe(app: FastAPI, service: str) -> None:
    """Make `app.openapi()` give the described document."""
    plain = app.openapi

    @cache
    def described() -> Document:
        return Described(service, plain()).document

    app.openapi = described  # type: ignore[method-assign]


class Described:
    """FastAPI's document of one service, completed in place."""

    def __init__(self, service: str, document: Document) -> None:
        """Complete `document`; what the content does not mention stays as it is."""
        content = _SERVICES / service / "content"
        self.document = document
        self._codes = codes(service)
        self._problems: dict[str, list[str]] = _read(content / "problems.json")
        examples = _read(content / "examples.json")
        self._parameters: Document = examples.get("parameters", {})
        self._answers: Document = examples.get("operations", {})
        components = document.setdefault("components", {})
        self._schemas: Document = components.setdefault("schemas", {})
        self._schemas["Problem"] = PROBLEM
        self._examples: Document = components.setdefault("examples", {})
        for name, value in examples.get("schemas", {}).items():
            if name in self._schemas:  # some are of one mode alone
                self._schemas[name].setdefault("examples", [value])
        for schema in self._schemas.values():
            for example in schema.get("examples", ()):
                self._complete(example, schema)
        for path, item in document["paths"].items():
            for method in item.keys() & set(METHODS):
                self._operation(f"{method.upper()} {path}", item[method])

    def _operation(self, name: str, operation: Document) -> None:
        given = self._answers.get(name, {})
        values = self._parameters | given.get("parameters", {})
        for parameter in operation.get("parameters", ()):
            show(parameter, values.get(parameter["name"]))
        operation.setdefault("parameters", []).extend(command_headers(name, self._problems.get(name, [])))
        body = operation.get("requestBody", {})
        for kind, media in body.get("content", {}).items():
            self._fill(media, given.get("body"), kind)
        responses = operation["responses"]
        if name in self._problems:
            responses.pop("422", None)  # FastAPI's own words for invalid input, which problems replace
        for status, answer in responses.items():
            if status in given:
                answer.setdefault("content", {"application/json": {"schema": {"type": "object"}}})
            for kind, media in answer.get("content", {}).items():
                if "itemSchema" in media:  # of OpenAPI 3.2; before it, a stream has its events' schema
                    media["schema"] = media.pop("itemSchema")
                self._fill(media, given.get(status), kind)
        if name.startswith("GET "):
            responses["304"] = {"description": "Not modified: the answer is that of `If-None-Match`."}
        responses.update(self._refusals(self._problems.get(name, [])))

    def _fill(self, media: Document, given: Any, kind: str) -> None:
        """Put an example beside a schema: the operation's own, else the one that its schema has."""
        if "examples" in media or "example" in media:
            return
        schema: Document = media.get("schema", {})
        reference = schema.get("$ref", "").rpartition("/")[2]
        known = self._shown(self._schemas.get(reference, schema))
        if given is not None:
            media["example"] = given
        elif known and "json" in kind:
            media["example"] = known[0]

    def _complete(self, value: Any, schema: Document) -> None:
        """Say null again where an example says it: FastAPI drops every null of its document."""
        schema = self._schemas.get(schema.get("$ref", "").rpartition("/")[2], schema)
        for choice in schema.get("anyOf", ()):
            self._complete(value, choice)
        if isinstance(value, list):
            for each in value:
                self._complete(each, schema.get("items", {}))
        if isinstance(value, dict):
            for name, part in schema.get("properties", {}).items():
                if name in value:
                    self._complete(value[name], part)
                elif name in schema.get("required", ()) and {"type": "null"} in part.get("anyOf", ()):
                    value[name] = None

    def _shown(self, schema: Document) -> list[Any]:
        """The examples of a schema; a page of something is shown by one of it."""
        if "examples" in schema:
            examples: list[Any] = schema["examples"]
            return examples
        for choice in schema.get("anyOf", ()):
            if found := self._shown(self._schemas.get(choice.get("$ref", "").rpartition("/")[2], choice)):
                return found
        items = schema.get("properties", {}).get("items", {}).get("items", {}).get("$ref", "")
        shown = self._shown(self._schemas[items.rpartition("/")[2]]) if items else []
        return [{"items": shown[:1], "next": None}] if shown else []

    def _refusals(self, problems: list[str]) -> Iterator[tuple[str, Document]]:
        by_status: defaultdict[str, list[str]] = defaultdict(list)
        for problem in problems:
            status, _, code = problem.partition(" ")
            by_status[status].append(code)
        for status, found in sorted(by_status.items()):
            examples = {
                code: {"$ref": f"#/components/examples/{self._example(int(status), code)}"} for code in found
            }
            content = {MEDIA_TYPE: {"schema": PROBLEM_REFERENCE, "examples": examples}}
            yield status, {"description": title(int(status)) + ": " + ", ".join(found), "content": content}

    def _example(self, status: int, code: str) -> str:
        """A reference to a problem's example, which is made when it is first met."""
        name = f"{code}-{status}"
        if name not in self._examples:
            meaning, remedy = self._codes[code]
            self._examples[name] = {
                "summary": meaning,
                "description": remedy,
                "value": shown(status, code, meaning),
            }
        return name


def shown(status: int, code: str, meaning: str) -> Document:
    """A problem as it looks on the wire."""
    problem: Document = {
        "type": f"urn:steward:problem:{code}",
        "title": title(status),
        "status": status,
        "code": code,
        "detail": meaning,
    }
    if code == "input-invalid":
        problem["errors"] = _ERRORS
    return {**problem, "trace_id": "0af7651916cd43dd8448eb211c80319c"}


def title(status: int) -> str:
    """The title that problems of a status have."""
    return _TITLES.get(status) or http.HTTPStatus(status).phrase.capitalize()


def _read(path: Path) -> Document:
    content: Document = json.loads(path.read_text()) if path.is_file() else {}
    return content
