"""The merged OpenAPI document, and the part of it that a client is made of."""

import hashlib
import json
from importlib import import_module
from typing import Any

from deploy.services import service_names
from shared.http.openapi import METHODS
from shared.settings import Settings

Document = dict[str, Any]
NOWHERE = "postgresql://nobody@127.0.0.1:1/nothing"  # composed, never connected
LEFT_OUT = frozenset({
    "example", "examples", "title", "contentSchema", "contentMediaType",
    "pattern", "minLength", "maxLength", "minItems", "maxItems", "uniqueItems",
    "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "default",
})  # fmt: skip
BY_NAME = frozenset({"properties", "schemas", "paths", "responses"})  # whose keys are names and no keywords


def merged() -> Document:
    """The document as the gateway answers it, made without running a service."""
    parts: dict[str, Document] = {}
    for service in service_names():
        settings = Settings(service=service, mode="local", database_url=NOWHERE)
        parts[service] = import_module(f"services.{service}.main").create(settings).openapi()
    gateway = import_module("services.gateway.openapi.merging")
    document: Document = gateway.merge("Steward", "", parts)
    return document


def reduced(document: Document) -> Document:
    """`document` without what a client does not see: examples, patterns, refusals and entity tags of answers.

    The values of NDJSON bodies become schemas of their own, by their titles.
    """
    schemas = {name: _plain(schema) for name, schema in document["components"]["schemas"].items()}
    paths: Document = {}
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                paths.setdefault(path, {})[method] = _operation(method, item[method], schemas)
    return {
        "openapi": document["openapi"],
        "info": {"title": "Steward", "version": "1"},
        "paths": paths,
        "components": {"schemas": dict(sorted(schemas.items()))},
    }


def digest(document: Document) -> str:
    """SHA-256 of a reduced document, in hexadecimal digits."""
    return hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()


def _operation(method: str, operation: Document, schemas: Document) -> Document:
    """One operation; `keyed` where the service gives the first answer again under an Idempotency-Key."""
    found: Document = {
        "operationId": operation["operationId"],
        "summary": operation["summary"],
        "description": operation["description"],
        "parameters": [
            _plain({name: each[name] for name in ("name", "in", "required", "schema") if name in each})
            for each in operation.get("parameters", ())
            if each["in"] != "header" or (each["name"] == "If-Match" and method != "get")
        ],
        "keyed": "idempotency-key-reused" in json.dumps(operation["responses"].get("422", {})),
        "responses": {
            status: {"content": _media(answer.get("content", {}))}
            for status, answer in operation["responses"].items()
            if status.startswith("2")
        },
    }
    if body := operation.get("requestBody"):
        found["requestBody"] = {"required": body.get("required", False), "content": _media(body["content"])}
        for media in body["content"].values():
            if line := media["schema"].get("contentSchema"):
                found["requestBody"]["line"] = line["title"]
                _named(line, schemas)
    return found


def _named(schema: Any, schemas: Document) -> Any:
    """A part of a line's schema in which each object is named among `schemas`, by its title, and referred to."""
    if isinstance(schema, list):
        return [_named(each, schemas) for each in schema]
    if not isinstance(schema, dict):
        return schema
    parts = {key: _named(value, schemas) for key, value in schema.items()}
    if "properties" not in schema or "title" not in schema:
        return parts
    name, plain = schema["title"], _plain(parts)
    assert schemas.setdefault(name, plain) == plain, f"{name} means two things"
    return {"$ref": f"#/components/schemas/{name}"}


def _media(content: Document) -> Document:
    return {kind: {"schema": _plain(media["schema"])} for kind, media in content.items()}


def _plain(schema: Any) -> Any:
    """A schema without what says nothing about types; unknown fields are allowed, for later versions have more."""
    if isinstance(schema, list):
        return [_plain(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: {name: _plain(each) for name, each in value.items()} if key in BY_NAME else _plain(value)
        for key, value in schema.items()
        if key not in LEFT_OUT and not (key == "additionalProperties" and value is False)
    }
