"""The merged document is OpenAPI 3.1, shows everything by an example, and each example is true."""

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

import jsonschema
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from deploy.contracts import problem_docs
from deploy.contracts.client_code import api_document, generated_modules
from deploy.services import service_names
from services.gateway.events.api.feed import BATCH_TYPE
from shared.audit.audited_operations import SERVICES
from shared.auth.operations import OPERATIONS as NAMED
from shared.http.openapi import MEDIA_TYPE
from tests.contract.http.documents import examples, merged, operations, resolved

CHANGES = [name for name in NAMED if not name.startswith("GET ")]
NOT_JSON = ("text/csv", "application/x-ndjson")  # shown as the text that is sent
ARCHIVE = "GET /v1/people/{person_id}/archive"
TO_HAND_OVER = f"{ARCHIVE}-to-hand-over"
ANSWERED = {  # all else in JSON
    "GET /v1/events": BATCH_TYPE,
    "GET /v1/events/stream": "text/event-stream",
    ARCHIVE: "application/zip",
    TO_HAND_OVER: "application/zip",
    **{f"GET /v1/audit/{service}/export": "application/x-ndjson" for service in SERVICES},
}


@cache
def documented() -> dict[str, Any]:
    """The operations of the document. Their names are known without it, which takes seconds in every worker."""
    return dict(operations())


def bodies(name: str) -> dict[str, Any]:
    """What an operation takes, by media type."""
    return documented()[name].get("requestBody", {"content": {}})["content"]


def violations(value: Any, schema: dict[str, Any]) -> list[str]:
    within = {**schema, "components": merged()["components"]}
    checker = jsonschema.Draft202012Validator(within, format_checker=jsonschema.FormatChecker())
    return [f"{error.json_path}: {error.message[:200]}" for error in checker.iter_errors(value)]


def test_it_is_openapi_31():
    assert merged()["openapi"].startswith("3.1")
    assert [str(error)[:300] for error in OpenAPIV31SpecValidator(merged()).iter_errors()] == []


def test_every_operation_is_told_apart():
    assert len(documented()) > 90
    assert documented().keys() == NAMED.keys(), "asked about below, or of no document"
    assert {name for name, each in documented().items() if "requestBody" in each} <= set(CHANGES)
    ids = [operation["operationId"] for operation in documented().values()]
    assert len(ids) == len(set(ids))
    assert [
        name for name, each in documented().items() if not (each["summary"] and each["description"])
    ] == []
    made_up = [
        each["summary"]
        for each in documented().values()
        if each["summary"].istitle() and " " in each["summary"]
    ]
    assert made_up == [], "a function's name in place of a title"


def test_the_python_client_is_made_of_it():
    assert generated_modules.outdated(api_document.reduced(merged())) == [], "run `make client`"


@pytest.mark.parametrize("name", NAMED)
def test_parameters_are_shown_by_true_examples(name: str):
    for parameter in documented()[name].get("parameters", ()):
        shown = examples(parameter)
        assert shown, f"{parameter['name']} has no example"
        for value in shown:
            assert violations(value, parameter["schema"]) == []


def test_only_what_must_be_sent_stands_in_the_form_that_is_tried_out():
    """A page sends an `example` untouched: a cursor of no list, or one key for every command."""
    filled = [
        (name, parameter["name"])
        for name, operation in documented().items()
        for parameter in operation.get("parameters", ())
        if not parameter.get("required") and ("example" in parameter or "examples" in parameter)
    ]
    assert filled == []


@pytest.mark.parametrize("name", CHANGES)
def test_request_bodies_are_shown_by_true_examples(name: str):
    for kind, media in bodies(name).items():
        assert examples(media), f"{kind} has no example"
        for value in examples(media):
            assert kind in NOT_JSON or violations(value, media["schema"]) == []
            assert "contentMediaType" not in media["schema"], "the API page would ask for a file"
            if "contentSchema" in media["schema"]:
                assert value.endswith("\n")
                lines = [json.loads(line) for line in value.splitlines()]
                assert [violations(line, media["schema"]["contentSchema"]) for line in lines] == [[]] * len(
                    lines
                )


@pytest.mark.parametrize("name", NAMED)
def test_answers_are_shown_by_true_examples(name: str):
    answers = {status: each for status, each in documented()[name]["responses"].items() if status < "3"}
    assert answers
    for status, answer in answers.items():
        if status == "204":
            assert "content" not in answer
            continue
        kind = ANSWERED.get(name, "application/json")
        assert answer["content"].keys() == {kind}
        media = answer["content"][kind]
        assert media["schema"], f"{status} has no schema"
        assert examples(media) or name in (ARCHIVE, TO_HAND_OVER), f"{status} has no example"
        for value in examples(media):
            assert violations(value, media["schema"]) == []


@pytest.mark.parametrize("service", service_names())
def test_problems_are_those_that_the_code_can_raise(service: str):
    path, text = problem_docs.content(service)
    assert path.read_text() == text, "run python -m deploy.contracts.problem_docs"


@pytest.mark.parametrize("name", NAMED)
def test_every_problem_of_an_operation_is_shown_and_real(name: str):
    known, shown = problem_docs.statuses(), []
    for status, answer in documented()[name]["responses"].items():
        if status < "4":
            continue
        media = answer["content"][MEDIA_TYPE]
        assert media["schema"] == {"$ref": "#/components/schemas/Problem"}
        for code, value in zip(media["examples"], examples(media), strict=True):
            assert violations(value, media["schema"]) == []
            assert (value["code"], str(value["status"])) == (code, status)
            assert int(status) in known[code]
            shown.append(f"{status} {code}")
    told = {}
    for service in service_names():
        told |= problem_docs.operations(service)
    assert sorted(shown) == told[name]


def test_every_code_has_one_meaning_and_a_place():
    known = problem_docs.statuses()
    assert problem_docs.meanings().keys() == known.keys()
    shown = {
        code
        for service in service_names()
        for codes in problem_docs.operations(service).values()
        for code in codes
    }
    shown = {code.partition(" ")[2] for code in shown}
    assert known.keys() - shown == problem_docs.NOT_OF_OPERATIONS.keys()


def _objects(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every object with named properties inside a schema, references followed."""
    schema = resolved(schema)
    if "properties" in schema:
        yield schema
    parts = [
        *schema.get("properties", {}).values(),
        *schema.get("anyOf", ()),
        *schema.get("$defs", {}).values(),
    ]
    for part in (*parts, schema.get("items"), schema.get("additionalProperties")):
        if isinstance(part, dict) and "#/$defs/" not in part.get("$ref", ""):
            yield from _objects(part)


@pytest.mark.parametrize("name", CHANGES)
def test_no_body_takes_a_field_that_it_does_not_name(name: str):
    for media in bodies(name).values():
        for found in _objects(media["schema"]):
            assert found.get("additionalProperties") is False, found.get("title")


@pytest.mark.parametrize("name", NAMED)
def test_conditions_are_shown_where_they_are_kept(name: str):
    operation = documented()[name]
    headers = {each["name"]: each for each in operation.get("parameters", ()) if each["in"] == "header"}
    assert "422" in operation["responses"]  # an unknown parameter at least
    assert ("If-Match" in headers) == ("412" in operation["responses"])
    if headers.get("If-Match", {}).get("required"):
        assert "428" in operation["responses"]
    assert ("If-None-Match" in headers) == ("304" in operation["responses"]) == name.startswith("GET ")
