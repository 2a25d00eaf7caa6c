"""What the generator makes of an OpenAPI document."""

import ast
from typing import Any

import pytest

from deploy.contracts.client_code import api_document, methods

TEXT = {"type": "string"}


def operation(name: str, **values: Any) -> dict[str, Any]:
    """An operation that answers a thing."""
    known = {"operationId": name, "summary": "A thing", "description": "A thing. It is one."}
    answer = {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}
    return {**known, "responses": {"200": {"content": answer}}, **values}


def document(path: str, method: str, made: dict[str, Any], **schemas: Any) -> dict[str, Any]:
    """A reduced document of one operation."""
    thing = {"type": "object", "properties": {"a": TEXT}}
    whole = {
        "openapi": "3.1.0",
        "paths": {path: {method: made}},
        "components": {"schemas": {"Thing": thing, **schemas}},
    }
    return api_document.reduced(whole)


def written(
    made: dict[str, Any], path: str = "/v1/things/{thing_id}", method: str = "post", **schemas: Any
) -> str:
    """The methods of one operation, which must be Python."""
    source = methods.source(document("/v1/things", method, made, **schemas))
    ast.parse(source)
    return source


def query(name: str, **schema: Any) -> dict[str, Any]:
    return {"name": name, "in": "query", "schema": schema or TEXT}


def test_a_parameter_with_a_name_that_the_method_has_gets_another():
    body = {"content": {"application/x-ndjson": {"schema": {**TEXT, "contentSchema": line()}}}}
    parameters = [query("lines", type="integer"), query("class"), query("system")]
    source = written(operation("post_things", parameters=parameters, requestBody=body))
    assert "lines: Lines[models.ThingLine]" in source
    assert "lines_: int | None = None, class_: str | None = None" in source
    assert "'lines': lines_, 'class': class_, 'system': system" in source


def test_lines_that_may_be_a_table_have_a_second_method():
    content = {
        "application/x-ndjson": {"schema": {**TEXT, "contentSchema": line()}},
        "text/csv": {"schema": TEXT},
    }
    lines, table = written(operation("post_things", requestBody={"content": content})).split(
        "def post_things_csv"
    )
    assert "lines=lines" in lines
    assert "text/csv" not in lines
    assert "content: Text" in table
    assert 'content=content, content_type="text/csv"' in table


def line() -> dict[str, Any]:
    part = {"type": "object", "title": "PartLine", "properties": {"b": TEXT}}
    return {"type": "object", "title": "ThingLine", "properties": {"parts": {"type": "array", "items": part}}}


def test_lines_and_their_parts_have_names():
    body = {"content": {"application/x-ndjson": {"schema": {**TEXT, "contentSchema": line()}}}}
    found = document("/v1/things", "post", operation("post_things", requestBody=body))["components"][
        "schemas"
    ]
    assert found.keys() == {"Thing", "ThingLine", "PartLine"}
    assert found["ThingLine"]["properties"]["parts"]["items"] == {"$ref": "#/components/schemas/PartLine"}


def test_two_lines_of_one_name_are_refused():
    body = {"content": {"application/x-ndjson": {"schema": {**TEXT, "contentSchema": line()}}}}
    with pytest.raises(AssertionError, match="ThingLine means two things"):
        document(
            "/v1/things", "post", operation("post_things", requestBody=body), ThingLine={"type": "string"}
        )


@pytest.mark.parametrize(
    ("responses", "kind"),
    [
        ({"204": {}}, "None"),
        ({"200": {}}, "Any"),
        ({"200": {"content": {"application/json": {"schema": {"type": "object"}}}}}, "dict[str, Any]"),
        ({"200": {"content": {"application/zip": {"schema": TEXT}}}}, "bytes"),
        ({"200": {}, "404": {"content": {"application/json": {"schema": TEXT}}}}, "Any"),
    ],
)
def test_what_a_method_returns(responses: dict[str, Any], kind: str):
    assert f"-> {kind}:" in written(operation("get_things", responses=responses), "get")


@pytest.mark.parametrize("kind", ["application/zip", "application/x-ndjson"])
def test_what_is_no_json_document_is_given_as_it_came(kind: str):
    answer = {"200": {"content": {kind: {"schema": TEXT}}}}
    source = written(operation("get_things", responses=answer), method="get")
    assert "-> bytes:" in source
    assert "return (await self.send('GET', \"/v1/things\")).body" in source


def test_a_key_is_sent_where_the_service_heeds_it():
    refused = {"422": {"content": {"application/problem+json": {"examples": {"idempotency-key-reused": {}}}}}}
    made = operation("post_things")
    made["responses"] |= refused
    assert "keyed=True" in written(made)
    assert "keyed=True" not in written(operation("post_things"))


def test_a_list_has_a_method_that_reads_all_pages():
    page = {"type": "object", "properties": {"items": {"type": "array", "items": TEXT}, "next": TEXT}}
    answer = {"200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Page"}}}}}
    parameters = [query("limit", type="integer"), query("cursor")]
    made = operation("get_things", parameters=parameters, responses=answer)
    source = written(made, "get", Page=page)
    assert "def all_things(self, *, limit: int = 200) -> AsyncIterator" in source
    assert "cursor: str | None = None" in source


def test_what_a_client_does_not_see_makes_no_new_one():
    plain, shown = operation("get_things"), operation("get_things")
    shown["responses"]["200"]["content"]["application/json"]["example"] = {"a": "1"}
    shown["responses"]["404"] = {"description": "Not found"}
    digests = {api_document.digest(document("/v1/things", "get", each)) for each in (plain, shown)}
    assert len(digests) == 1
