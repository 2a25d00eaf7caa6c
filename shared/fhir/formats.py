"""The two forms of a resource, JSON and XML: which one a caller asks for, and answers in it."""

from collections.abc import Iterable, Mapping
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from shared.errors import NotAcceptable
from shared.fhir import xml_writer

JSON, XML = "application/fhir+json", "application/fhir+xml"
_NAMES = {
    **dict.fromkeys(("json", "application/json", "text/json", JSON, "*/*", "application/*"), JSON),
    **dict.fromkeys(("xml", "application/xml", "text/xml", XML), XML),
}


def named(text: str) -> str | None:
    """The form that a media type or short name means, None where it is neither."""
    return _NAMES.get(text.partition(";")[0].strip().lower())


def asked(request: Request) -> str:
    """The form of the answer: `_format` before Accept, JSON where nothing is asked.

    Raises NotAcceptable `format-unsupported`.
    """
    written = request.query_params.get("_format")
    if written is not None:
        # A plus sign in an address means a space unless it is escaped, and is often not.
        choices: Iterable[str] = [written.replace(" ", "+")]
    else:
        choices = _by_quality(request.headers.getlist("accept")) or ["*/*"]
    found = next((form for each in choices if (form := named(each)) is not None), None)
    if found is None:
        raise NotAcceptable("format-unsupported", f"Answers are {JSON} or {XML}.")
    return found


def answer(
    resource: Mapping[str, Any], form: str, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """A resource as a response, for its caller alone."""
    body = orjson.dumps(resource) if form == JSON else xml_writer.written(dict(resource))
    every = {"Cache-Control": "private, no-cache", "Vary": "Accept, Host", **(headers or {})}
    return Response(body, status, every, f"{form}; charset=utf-8")


def _by_quality(sent: list[str]) -> list[str]:
    """Media types of Accept, the preferred ones first, those with quality 0 left out."""
    weighed = []
    for each in ",".join(sent).split(",")[:50]:
        kind, *rest = (part.strip() for part in each.split(";"))
        quality = next((part[2:] for part in rest if part.startswith("q=")), "1")
        weight = float(quality) if quality.replace(".", "", 1).isdecimal() and quality.isascii() else 1.0
        if kind and weight > 0:
            weighed.append((-weight, kind))
    return [kind for _, kind in sorted(weighed, key=lambda pair: pair[0])]
