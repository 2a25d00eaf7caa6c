"""Every operation that names an individual says of whom it is, so that the audit has it."""

from collections.abc import Iterator
from typing import Any

from shared.audit.audited_operations import AUDITED, Answer, Path
from shared.auth.operations import OPERATIONS
from tests.contract.http.documents import merged, operations, resolved

PEOPLE = {"person_id", "subject_person_id", "rater_person_id"}
# The parts of the gateway's view are reads of the services, each audited there. Events name people by their ids:
# registry audits whom the feed may show.
BY_OTHERS = {
    "GET /v1/people/{person_id}/archive",
    "GET /v1/people/{person_id}/archive-to-hand-over",
    "GET /v1/people/{person_id}/profile",
}


def named(schema: dict[str, Any], place: str = "", seen: tuple[str, ...] = ()) -> Iterator[str]:
    """Places of an answer at which somebody is named."""
    reference = schema.get("$ref", "")
    if reference in seen and reference:
        return
    inner, seen = resolved(schema), (*seen, reference)
    for kind in ("anyOf", "allOf", "oneOf"):
        for choice in inner.get(kind, ()):
            yield from named(choice, place, seen)
    if "items" in inner and isinstance(inner["items"], dict):
        yield from named(inner["items"], place, seen)
    for name, part in inner.get("properties", {}).items():
        below = f"{place}/{name}".removeprefix("/")
        if name in PEOPLE:
            yield below
        yield from named(part, below, seen)


def answers(operation: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for status, answer in operation["responses"].items():
        if status.startswith("2"):
            yield from (media.get("schema", {}) for media in resolved(answer).get("content", {}).values())


def test_an_operation_that_names_somebody_is_audited():
    assert merged()["paths"]
    unaudited = [
        name
        for name, operation in operations()
        if name not in AUDITED.keys() | BY_OTHERS
        and ("{person_id}" in name or any(place for schema in answers(operation) for place in named(schema)))
    ]
    assert unaudited == []


def test_what_is_audited_is_there_and_its_places_too():
    documented = dict(operations())
    assert documented.keys() >= AUDITED.keys()
    assert OPERATIONS.keys() >= AUDITED.keys()
    for name, about in AUDITED.items():
        if isinstance(about, Answer):
            places = {place for schema in answers(documented[name]) for place in named(schema)}
            assert set(about.places) <= places, name
        if isinstance(about, Path):
            assert f"{{{about.name}}}" in name


def test_an_audited_operation_shows_the_header_of_its_purpose():
    for name, operation in operations():
        headers = {each["name"] for each in map(resolved, operation["parameters"]) if each["in"] == "header"}
        assert ("Purpose-Of-Use" in headers) == (name in AUDITED.keys() | BY_OTHERS), name
