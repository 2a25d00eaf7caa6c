"""OpenAPI of request bodies that a route reads itself."""

from typing import Any

import msgspec

LINES = "application/x-ndjson"
Document = dict[str, Any]


def json_body(schema: type, example: Document) -> Document:
    """One JSON value, decoded by msgspec as `schema`."""
    return _required("application/json", {"schema": _schema(schema), "example": example})


def lines_body(schema: type, example: str) -> Document:
    """NDJSON: each line is one JSON value as `schema`, shown as the text that is sent.

    `contentSchema` is JSON Schema's word for what a string holds (2020-12, section 8.5); here it holds for
    every line. It goes without `contentMediaType`, for which Swagger UI asks for a file.
    """
    content = {"type": "string", "contentSchema": _schema(schema)}
    return _required(LINES, {"schema": content, "example": example})


def rows_body(schema: type, example: str, csv: str) -> Document:
    """NDJSON as `lines_body`, or CSV with a header that names the fields."""
    table = {"text/csv": {"schema": {"type": "string"}, "example": csv}}
    lines = lines_body(schema, example)["requestBody"]["content"]
    return {"requestBody": {"required": True, "content": table | lines}}


def text_body(media_type: str, example: str) -> Document:
    """A text such as a CSV file."""
    return _required(media_type, {"schema": {"type": "string"}, "example": example})


def _schema(schema: type) -> Document:
    """Whole in itself: a reference would be looked for in the document, which has no such `$defs`."""
    _, components = msgspec.json.schema_components([schema], ref_template="{name}")
    whole: Document = _inlined(components[schema.__name__], components)
    return whole


def _inlined(value: Any, components: Document) -> Any:
    """`value` with each reference replaced by what it names; types of lines do not hold themselves."""
    if isinstance(value, list):
        return [_inlined(each, components) for each in value]
    if not isinstance(value, dict):
        return value
    if "$ref" in value:
        return _inlined(components[value["$ref"]], components)
    return {name: _inlined(each, components) for name, each in value.items()}


def _required(media_type: str, media: Document) -> Document:
    return {"requestBody": {"required": True, "content": {media_type: media}}}
