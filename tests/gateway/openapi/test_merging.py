import copy

import pytest

from services.gateway.openapi.merging import merge, operation_id


def document(path: str, name: str, properties: dict, **extra) -> dict:
    return {
        "openapi": "3.1.0",
        "paths": {
            path: {
                "get": {
                    "operationId": "read",
                    "tags": [name],
                    "security": [{"HTTPBearer": []}],
                    "responses": {
                        "200": {
                            "content": {
                                "application/json": {
                                    "schema": {"$ref": f"#/components/schemas/{name}"},
                                    "examples": {"one": {"value": {"a": 1}}},
                                }
                            }
                        },
                        "422": {
                            "content": {
                                "application/json": {
                                    "schema": {"$ref": "#/components/schemas/HTTPValidationError"}
                                }
                            }
                        },
                    },
                }
            }
        },
        "components": {
            "schemas": {
                name: {"type": "object", "properties": properties},
                "HTTPValidationError": {},
                **extra,
            },
            "securitySchemes": {"HTTPBearer": {"type": "http"}},
        },
    }


TEXT, NUMBER = {"x": {"type": "string"}}, {"x": {"type": "number"}}


def test_paths_of_all_services_are_there_with_unique_operations():
    merged = merge("T", "d", {"a": document("/v1/a", "A", TEXT), "b": document("/v1/b/{id}", "B", TEXT)})
    assert merged["openapi"] == "3.1.0"
    assert {path: item["get"]["operationId"] for path, item in merged["paths"].items()} == {
        "/v1/a": "get_a",
        "/v1/b/{id}": "get_b_by_id",
    }
    assert [tag["name"] for tag in merged["tags"]] == ["A", "B"]


def test_one_security_scheme_and_one_problem_stand_for_all():
    merged = merge("T", "d", {"a": document("/v1/a", "A", TEXT)})
    operation = merged["paths"]["/v1/a"]["get"]
    assert merged["components"]["securitySchemes"].keys() == {"bearer"}
    assert merged["security"] == [{"bearer": []}]
    assert "security" not in operation
    assert operation["responses"].keys() == {"200", "default"}
    problem = operation["responses"]["default"]["content"]["application/problem+json"]
    assert problem["schema"] == {"$ref": "#/components/schemas/Problem"}
    assert "HTTPValidationError" not in merged["components"]["schemas"]


def test_examples_are_kept():
    content = merge("T", "d", {"a": document("/v1/a", "A", TEXT)})["paths"]["/v1/a"]["get"]["responses"][
        "200"
    ]
    assert content["content"]["application/json"]["examples"] == {"one": {"value": {"a": 1}}}


def test_a_name_with_two_meanings_is_told_apart_by_its_service():
    documents = {"a": document("/v1/a", "Page", TEXT), "b": document("/v1/b", "Page", NUMBER)}
    before = copy.deepcopy(documents)
    merged = merge("T", "d", documents)
    assert documents == before
    schemas = merged["components"]["schemas"]
    assert schemas["Page"]["properties"] == TEXT
    assert schemas["BPage"]["properties"] == NUMBER
    found = merged["paths"]["/v1/b"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    assert found == {"$ref": "#/components/schemas/BPage"}


def test_a_name_with_one_meaning_is_shared():
    documents = {"a": document("/v1/a", "Page", TEXT), "b": document("/v1/b", "Page", TEXT)}
    assert merge("T", "d", documents)["components"]["schemas"].keys() == {"Page", "Problem"}


def test_what_refers_to_a_renamed_schema_is_told_apart_too():
    plans = {"items": {"type": "array", "items": {"$ref": "#/components/schemas/Item"}}}
    documents = {
        "a": document("/v1/a", "Page", plans, Item={"type": "string"}),
        "b": document("/v1/b", "Page", plans, Item={"type": "number"}),
    }
    schemas = merge("T", "d", documents)["components"]["schemas"]
    assert schemas["BPage"]["properties"]["items"]["items"] == {"$ref": "#/components/schemas/BItem"}
    assert schemas["Page"]["properties"]["items"]["items"] == {"$ref": "#/components/schemas/Item"}


def test_a_services_own_problem_is_not_the_problem():
    documents = {"a": document("/v1/a", "Problem", TEXT)}
    schemas = merge("T", "d", documents)["components"]["schemas"]
    assert schemas["AProblem"]["properties"] == TEXT
    assert "code" in schemas["Problem"]["properties"]


def test_discriminators_follow_new_names():
    union = {"discriminator": {"propertyName": "kind", "mapping": {"t": "#/components/schemas/Page"}}}
    documents = {
        "a": document("/v1/a", "Page", TEXT),
        "b": document("/v1/b", "Page", NUMBER, Any=union),
    }
    mapping = merge("T", "d", documents)["components"]["schemas"]["BAny"]["discriminator"]["mapping"]
    assert mapping == {"t": "#/components/schemas/BPage"}


@pytest.mark.parametrize(
    ("method", "path", "name"),
    [
        ("get", "/v1/units", "get_units"),
        ("post", "/v1/plans/{plan_id}/agree", "post_plans_by_plan_id_agree"),
        ("get", "/v1/people-scores/{person_id}", "get_people_scores_by_person_id"),
    ],
)
def test_operation_ids_say_method_and_path(method, path, name):
    assert operation_id(method, path) == name
