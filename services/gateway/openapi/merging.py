"""One OpenAPI document from several: clashing names distinguished by their service, nothing lost."""

import re
from collections.abc import Mapping
from typing import Any

from services.gateway.openapi.component_names import Document, clashes, referring
from shared.http.openapi import PROBLEM

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
SECURITY = "bearer"

_PROBLEM_ANSWER: Document = {
    "description": "The request was refused or failed.",
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}
_VALIDATION = frozenset({"HTTPValidationError", "ValidationError"})


def merge(title: str, description: str, documents: Mapping[str, Document]) -> Document:
    """One OpenAPI 3.1 document of `documents` by service, in their order.

    A component whose name means different things is renamed `<Service><Name>`; operation ids are
    made of method and path, so that they are unique and do not change with a service's code. Every
    operation asks for a bearer token and answers errors as Problem.
    """
    renamed = clashes(documents)
    paths: Document = {}
    components: dict[str, Document] = {"schemas": {"Problem": PROBLEM}}
    tags: dict[str, None] = {}
    for service, document in documents.items():
        for path, item in document.get("paths", {}).items():
            operations = paths.setdefault(path, {})
            for method, operation in item.items():
                part = referring(operation, renamed[service])
                operations[method] = _operation(method, path, part) if method in METHODS else part
                tags.update(dict.fromkeys(part.get("tags", ()) if method in METHODS else ()))
        for kind, entries in document.get("components", {}).items():
            if kind == "securitySchemes":
                continue
            for name, entry in entries.items():
                if kind != "schemas" or name not in _VALIDATION:
                    place = renamed[service].get((kind, name), name)
                    components.setdefault(kind, {})[place] = referring(entry, renamed[service])
    components["securitySchemes"] = {SECURITY: {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}}
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": "1", "description": description},
        "servers": [{"url": "/"}],
        "security": [{SECURITY: []}],
        "tags": [{"name": name} for name in tags],
        "paths": dict(sorted(paths.items())),
        "components": {kind: dict(sorted(entries.items())) for kind, entries in components.items()},
    }


def operation_id(method: str, path: str) -> str:
    """`get_people_by_person_id_profile` for GET /v1/people/{person_id}/profile."""
    words = re.sub(r"\{(\w+)\}", r"by_\1", path.removeprefix("/v1"))
    return re.sub(r"\W+", "_", f"{method}{words}").strip("_").lower()


def _operation(method: str, path: str, operation: Document) -> Document:
    responses = {
        status: answer for status, answer in operation.get("responses", {}).items() if not _validation(answer)
    }
    if not any(status >= "4" for status in responses):  # a service that does not say what it refuses
        responses["default"] = _PROBLEM_ANSWER
    rest = {name: value for name, value in operation.items() if name != "security"}
    return {**rest, "operationId": operation_id(method, path), "responses": responses}


def _validation(answer: Any) -> bool:
    """Whether this is FastAPI's own description of invalid input, which problems replace."""
    content = answer.get("content", {}) if isinstance(answer, dict) else {}
    schema = content.get("application/json", {}).get("schema", {})
    return bool(schema == {"$ref": "#/components/schemas/HTTPValidationError"})
