"""Schemas of this instance: its own codes as the canonical values of posts (RFC 7643 section 7)."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any


def suggest(body: dict[str, Any], codes: Mapping[str, Sequence[str]]) -> None:
    """Write the codes into the attributes of those names, wherever they are in a schema or a list of them."""
    for attribute in _attributes(body):
        if codes.get(attribute["name"]):
            attribute["canonicalValues"] = list(codes[attribute["name"]])


def _attributes(body: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for schema in body.get("Resources", [body]):
        for attribute in schema.get("attributes", ()):
            yield from attribute.get("subAttributes", ())
