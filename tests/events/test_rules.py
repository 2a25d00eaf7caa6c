"""Within a version optional fields may be added, at any depth, and nothing else may change."""

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from deploy.contracts.compatibility import forbidden_changes

Json = dict[str, Any]
EARLIER: Json = {
    "title": "steward.made.up.v1",
    "$ref": "#/$defs/Envelope",
    "$defs": {
        "Envelope": {
            "type": "object",
            "properties": {"id": {"type": "string"}, "data": {"$ref": "#/$defs/Data"}},
            "required": ["id", "data"],
        },
        "Data": {
            "description": "A made-up fact.",
            "type": "object",
            "properties": {
                "kind": {"enum": ["cycle", "follow-up"]},
                "people": {"anyOf": [{"type": "integer", "minimum": 0}, {"type": "null"}], "default": None},
                "acting": {"type": "boolean", "default": False},
                "names": {"type": "object", "additionalProperties": {"type": "string"}},
                "items": {"type": "array", "items": {"$ref": "#/$defs/Item"}},
            },
            "required": ["kind", "names", "items"],
        },
        "Item": {
            "type": "object",
            "properties": {
                "code": {"type": "string", "format": "date"},
                "below": {"type": "array", "items": {"$ref": "#/$defs/Item"}, "default": []},
            },
            "required": ["code"],
        },
    },
}


def changed(change: Callable[[Json], object]) -> list[str]:
    """What the rules say of the made-up schema after a change to its definitions."""
    later = copy.deepcopy(EARLIER)
    change(later["$defs"])
    assert json.dumps(later) != json.dumps(EARLIER)
    return forbidden_changes(EARLIER, later)


def data(definitions: Json) -> Json:
    return definitions["Data"]["properties"]


def item(definitions: Json) -> Json:
    return definitions["Item"]["properties"]


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda d: data(d).update(place={"type": "string", "default": ""}), id="optional-field"),
        pytest.param(lambda d: item(d).update(weight={"type": "integer"}), id="optional-field-of-an-item"),
        pytest.param(lambda d: d["Envelope"]["properties"].update(epoch={"default": 1}), id="attribute"),
        pytest.param(lambda d: d["Data"].update(description="Said better.", title="Data"), id="words"),
        pytest.param(lambda d: d["Data"]["required"].reverse(), id="order-of-required"),
        pytest.param(lambda d: data(d).update(names=data(d).pop("names")), id="order-of-fields"),
    ],
)
def test_what_may_change(change: Callable[[Json], object]):
    assert changed(change) == []


def rename_definition(definitions: Json) -> None:
    definitions["Line"] = definitions.pop("Item")
    for array in (data(definitions)["items"], definitions["Line"]["properties"]["below"]):
        array["items"] = {"$ref": "#/$defs/Line"}


def test_the_name_of_a_class_does_not_travel():
    assert changed(rename_definition) == []


def require_new_field(definitions: Json) -> None:
    data(definitions)["place"] = {"type": "string"}
    definitions["Data"]["required"].append("place")


FORBIDDEN = {
    "new field is required": (require_new_field, "place became required"),
    "old field became required": (lambda d: d["Data"]["required"].append("acting"), "acting became required"),
    "field is optional now": (lambda d: d["Data"]["required"].remove("kind"), "kind is no longer required"),
    "field was removed": (lambda d: data(d).pop("acting"), "acting was removed"),
    "field of an item was removed": (lambda d: item(d).pop("below"), "below was removed"),
    "attribute was removed": (lambda d: d["Envelope"]["properties"].pop("id"), "id was removed"),
    "field was renamed": (lambda d: data(d).update(titles=data(d).pop("names")), "names was removed"),
    "enum grew": (lambda d: data(d)["kind"]["enum"].append("self"), "/data/kind/enum"),
    "enum shrank": (lambda d: data(d)["kind"]["enum"].pop(), "/data/kind/enum"),
    "default changed": (lambda d: data(d)["acting"].update(default=True), "/data/acting/default"),
    "default of the same look": (lambda d: data(d)["acting"].update(default=0), "/data/acting/default"),
    "default went": (lambda d: data(d)["people"].pop("default"), "/data/people/default"),
    "default came": (lambda d: data(d)["kind"].update(default="cycle"), "/data/kind/default"),
    "type changed": (lambda d: item(d)["code"].update(type="integer"), "/data/items/items/code/type"),
    "format changed": (lambda d: item(d)["code"].update(format="date-time"), "/data/items/items/code/format"),
    "limit tightened": (lambda d: data(d)["people"]["anyOf"][0].update(minimum=5), "/anyOf/0/minimum"),
    "may not be null now": (lambda d: data(d)["people"]["anyOf"].pop(), "/data/people/anyOf"),
    "may be null now": (
        lambda d: data(d).update(kind={"anyOf": [data(d)["kind"], {"type": "null"}]}),
        "/data/kind/anyOf",
    ),
    "list of something else": (
        lambda d: data(d)["items"].update(items={"type": "string"}),
        "/data/items/items/type",
    ),
    "values of something else": (
        lambda d: data(d)["names"]["additionalProperties"].update(type="integer"),
        "/data/names/additionalProperties/type",
    ),
    "unknown fields refused": (
        lambda d: d["Data"].update(additionalProperties=False),
        "/data/additionalProperties",
    ),
}


@pytest.mark.parametrize("name", FORBIDDEN)
def test_what_may_not_change(name: str):
    change, place = FORBIDDEN[name]
    found = changed(change)
    assert found, name
    assert any(place in said for said in found), found
