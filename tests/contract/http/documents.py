"""The merged OpenAPI document, made of the services' own as the gateway makes it."""

from collections.abc import Iterator
from functools import cache
from typing import Any

from deploy.services import service_names
from services.gateway.openapi.documents import DESCRIPTION
from services.gateway.openapi.merging import merge
from shared.http.openapi import METHODS
from shared.settings import Settings
from tests.served import application

NOWHERE = "postgresql://nobody@127.0.0.1:1/nothing"  # composed, never connected
Document = dict[str, Any]


@cache
def merged() -> Document:
    parts = {
        name: application(Settings(service=name, mode="local", database_url=NOWHERE)).openapi()
        for name in service_names()
    }
    return merge("Steward", DESCRIPTION, parts)


def operations() -> Iterator[tuple[str, Document]]:
    """(`GET /v1/..`, operation)."""
    for path, item in merged()["paths"].items():
        for method in METHODS:
            if method in item:
                yield f"{method.upper()} {path}", item[method]


def examples(place: Document) -> list[Any]:
    """The values shown beside a schema, references followed; of what may be left out those in it."""
    shown = [resolved(each)["value"] for each in place.get("examples", {}).values()]
    if not place.get("required"):
        shown += place.get("schema", {}).get("examples", []) if "in" in place else []
    return [place["example"], *shown] if "example" in place else shown


def resolved(part: Document) -> Document:
    """`part`, or what it refers to inside the document."""
    if "$ref" not in part:
        return part
    found: Any = merged()
    for step in part["$ref"].removeprefix("#/").split("/"):
        found = found[step]
    return found
