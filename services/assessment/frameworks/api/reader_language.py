"""Answers in the reader's language: the one asked for in the address, then those of the header."""

from typing import Annotated, Any

import orjson
from fastapi import Header, Query, Response

from services.assessment.frameworks.languages import wanted
from shared.http import etag

Language = Annotated[
    str | None, Query(pattern=r"^[A-Za-z0-9-]{1,35}$", description="Before Accept-Language.", examples=["fr"])
]
Accepted = Annotated[str | None, Header(alias="Accept-Language")]


def tags(lang: str | None, accepted: str | None) -> list[str]:
    """Language tags, best first."""
    return [*([lang] if lang else []), *wanted(accepted)]


def answer(body: dict[str, Any], version: int, language: str | None = None, status: int = 200) -> Response:
    """`body` as JSON under the tag of its version."""
    headers = {"ETag": etag(version), "Vary": "Accept-Language"}
    if language is not None:
        headers["Content-Language"] = language
    return Response(orjson.dumps(body), status, headers, "application/json")
