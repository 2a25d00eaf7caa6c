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


def text_body(media_type: str, example: str) -> Document:
    """A text such as a CSV file."""
    return _required(media_type, {"schema": {"type": "string"}, "example": example})


def _schema(schema: type) -> Document:
    _, components = msgspec.json.schema_components([schema], ref_template="#/$defs/{name}")
    own = components.pop(schema.__name__)
    return {**own, "$defs": components} if components else own


def _required(media_type: str, media: Document) -> Document:
    return {"requestBody": {"required": True, "content": {media_type: media}}}
