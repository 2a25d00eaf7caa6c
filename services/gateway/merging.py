"""One OpenAPI document from several: clashing names told apart by their service, nothing lost."""

import re
from collections.abc import Mapping
from typing import Any

Document = dict[str, Any]

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
SECURITY = "bearer"
_PREFIX = "#/components/"

PROBLEM: Document = {
    "type": "object",
    "description": "Why a request was refused (RFC 9457). `code` is stable; docs/api.md lists the codes.",
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
_PROBLEM_ANSWER: Document = {
    "description": "The request was refused or failed.",
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}
_VALIDATION = frozenset({"HTTPValidationError", "ValidationError"})


def merge(title: str, description: str, documents: Mapping[str, Document]) -> Document:
    """One OpenAPI 3.1 document of `documents` by service, in their order.

    A component whose name stands for different things is renamed `<Service><Name>`; operation ids are
    made of method and path, so that they are unique and do not change with a service's code. Every
    operation asks for a bearer token and answers errors as Problem.
    """
    renamed = _clashes(documents)
    paths: Document = {}
    components: dict[str, Document] = {"schemas": {"Problem": PROBLEM}}
    tags: dict[str, None] = {}
    for service, document in documents.items():
        for path, item in document.get("paths", {}).items():
            operations = paths.setdefault(path, {})
            for method, operation in item.items():
                part = _referring(operation, renamed[service])
                operations[method] = _operation(method, path, part) if method in METHODS else part
                tags.update(dict.fromkeys(part.get("tags", ()) if method in METHODS else ()))
        for kind, entries in document.get("components", {}).items():
            if kind == "securitySchemes":
                continue
            for name, entry in entries.items():
                if kind != "schemas" or name not in _VALIDATION:
                    place = renamed[service].get((kind, name), name)
                    components.setdefault(kind, {})[place] = _referring(entry, renamed[service])
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


def _clashes(documents: Mapping[str, Document]) -> dict[str, dict[tuple[str, str], str]]:
    """The new names, by service, of components that mean different things in different services."""
    meanings: dict[tuple[str, str], list[Any]] = {("schemas", "Problem"): [PROBLEM]}
    for document in documents.values():
        for kind, entries in document.get("components", {}).items():
            for name, entry in entries.items():
                known = meanings.setdefault((kind, name), [])
                if entry not in known:
                    known.append(entry)
    taken = {name for _, name in meanings}
    renamed: dict[str, dict[tuple[str, str], str]] = {}
    for service, document in documents.items():
        names = renamed.setdefault(service, {})
        for kind, entries in document.get("components", {}).items():
            for name, entry in entries.items():
                if len(meanings[kind, name]) > 1 and entry != meanings[kind, name][0]:
                    names[kind, name] = _free(f"{service.capitalize()}{name}", taken)
    return _spread(documents, renamed, taken)


def _spread(
    documents: Mapping[str, Document], renamed: dict[str, dict[tuple[str, str], str]], taken: set[str]
) -> dict[str, dict[tuple[str, str], str]]:
    """Also rename what refers to something renamed: equal text would otherwise mean two things."""
    for service, document in documents.items():
        names = renamed[service]
        grown = True
        while grown:
            grown = False
            for kind, entries in document.get("components", {}).items():
                for name, entry in entries.items():
                    if (kind, name) not in names and _referring(entry, names) != entry:
                        names[kind, name] = _free(f"{service.capitalize()}{name}", taken)
                        grown = True
    return renamed


def _free(name: str, taken: set[str]) -> str:
    while name in taken:
        name += "_"
    taken.add(name)
    return name


def _referring(value: Any, names: Mapping[tuple[str, str], str]) -> Any:
    """A copy in which references follow the new names; validation errors become problems."""
    if isinstance(value, list):
        return [_referring(item, names) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        key: _reference(item, names)
        if key == "$ref" and isinstance(item, str)
        else {word: _reference(target, names) for word, target in item.items()}
        if key == "mapping" and isinstance(item, dict) and "propertyName" in value
        else _referring(item, names)
        for key, item in value.items()
    }


def _reference(reference: Any, names: Mapping[tuple[str, str], str]) -> Any:
    if not isinstance(reference, str) or not reference.startswith(_PREFIX):
        return reference
    kind, _, name = reference.removeprefix(_PREFIX).partition("/")
    return f"{_PREFIX}{kind}/{names.get((kind, name), name)}"


def _operation(method: str, path: str, operation: Document) -> Document:
    responses = {
        status: answer for status, answer in operation.get("responses", {}).items() if not _validation(answer)
    }
    responses.setdefault("default", _PROBLEM_ANSWER)
    kept = {name: value for name, value in operation.items() if name != "security"}
    return {**kept, "operationId": operation_id(method, path), "responses": responses}


def _validation(answer: Any) -> bool:
    """Whether this is FastAPI's own description of invalid input, which problems replace."""
    content = answer.get("content", {}) if isinstance(answer, dict) else {}
    schema = content.get("application/json", {}).get("schema", {})
    return bool(schema == {"$ref": "#/components/schemas/HTTPValidationError"})
