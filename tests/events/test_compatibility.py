"""Readers and publishers of one version understand each other, whichever of them is the newer."""

import json
from types import UnionType
from typing import Any, Union, get_args, get_origin

import msgspec
import pytest

from deploy.contracts import event_examples, event_schemas
from deploy.contracts.compatibility import forbidden_changes
from shared.events import envelope
from shared.events.catalogue import every_event
from shared.events.envelope import Envelope
from shared.events.event import Event

EVENTS = every_event()
ADDED = "added_in_a_minor_version"
SCHEMAS = [
    pytest.param(event, place, id=f"{event.type()}.{place + 1}")
    for event in EVENTS
    for place in range(len(event_schemas.earlier(event)))
]


def identify(event: type[Event]) -> str:
    return event.type()


def newer(kind: Any, value: str | None = None) -> Any:
    """The same type, with one more optional field in each of its structs, at any depth."""
    if (isinstance(kind, type) and issubclass(kind, msgspec.Struct)) or get_origin(kind) is Envelope:
        return struct([*own(kind, value), (ADDED, str | None, value)])
    if arguments := get_args(kind):
        changed = tuple(newer(argument, value) for argument in arguments)
        return Union[changed] if isinstance(kind, UnionType) else get_origin(kind)[changed]  # noqa: UP007
    return kind


def enveloped(event: type[Event]) -> Any:
    """What travels: the event in its envelope."""
    return Envelope[event]  # type: ignore[valid-type]


def own(kind: Any, value: str | None) -> list[tuple[str, Any, Any]]:
    """Fields of a struct as `defstruct` takes them."""
    return [
        (field.name, newer(field.type, value), msgspec.field(default=field.default))
        for field in msgspec.structs.fields(kind)
    ]


def struct(fields: list[tuple[str, Any, Any]]) -> type[msgspec.Struct]:
    return msgspec.defstruct("Newer", fields, kw_only=True, frozen=True)


def example(event: type[Event]) -> bytes:
    """An event as it is published today, with every field."""
    return json.dumps(event_examples.envelope(event)).encode()


def extended(value: Any) -> int:
    """How many objects of the JSON value have the added field."""
    if isinstance(value, list):
        return sum(map(extended, value))
    return (ADDED in value) + sum(map(extended, value.values())) if isinstance(value, dict) else 0


def structs(value: Any) -> int:
    """Of how many structs a value is made."""
    if isinstance(value, list):
        return sum(map(structs, value))
    if not isinstance(value, msgspec.Struct):
        return 0
    return 1 + sum(structs(getattr(value, name)) for name in value.__struct_fields__)


@pytest.mark.parametrize("event", EVENTS, ids=identify)
def test_an_older_consumer_reads_a_newer_event(event: type[Event]):
    publishes = newer(enveloped(event), "what came later")
    sent = msgspec.json.encode(msgspec.json.decode(example(event), type=publishes))
    read = envelope.decoder(event).decode(sent)
    assert extended(json.loads(sent)) == structs(read) >= 2
    assert read == envelope.decoder(event).decode(example(event))


@pytest.mark.parametrize("event", EVENTS, ids=identify)
def test_a_newer_consumer_reads_an_older_event(event: type[Event]):
    sent = envelope.encode(envelope.decoder(event).decode(example(event)))
    read = json.loads(msgspec.json.encode(msgspec.json.decode(sent, type=newer(enveloped(event)))))
    assert without_added(read) == json.loads(sent)
    assert read[ADDED] is read["data"][ADDED] is None


def without_added(value: Any) -> Any:
    if isinstance(value, list):
        return [without_added(item) for item in value]
    if isinstance(value, dict):
        return {name: without_added(item) for name, item in value.items() if name != ADDED}
    return value


@pytest.mark.parametrize("event", EVENTS, ids=identify)
def test_todays_consumer_reads_an_event_from_before_its_optional_fields(event: type[Event]):
    schema = event_schemas.schema(event)
    required = only_required(json.loads(example(event)), schema, schema["$defs"])
    read = envelope.decoder(event).decode(json.dumps(required))
    assert (read.id, read.epoch, read.traceparent) == (required["id"], 1, None)


def only_required(value: Any, schema: dict[str, Any], definitions: dict[str, Any]) -> Any:
    """The JSON value without what its schema does not require."""
    if "$ref" in schema:
        schema = definitions[schema["$ref"].removeprefix("#/$defs/")]
    if isinstance(value, list):
        return [only_required(item, schema.get("items", {}), definitions) for item in value]
    if isinstance(value, dict) and "properties" in schema:
        kept = schema.get("required", [])
        return {name: only_required(value[name], schema["properties"][name], definitions) for name in kept}
    return value


@pytest.mark.parametrize(("event", "place"), SCHEMAS)
def test_the_schema_keeps_every_promise_of_its_earlier_ones(event: type[Event], place: int):
    before = json.loads(event_schemas.earlier(event)[place].read_text())
    assert forbidden_changes(before, event_schemas.schema(event)) == []


def test_earlier_schemas_are_of_events_and_in_order():
    known = {path for event in EVENTS for path in event_schemas.earlier(event)}
    assert known == set(event_schemas.EARLIER.glob("*"))
    for event in EVENTS:
        numbers = [path.suffixes[-2] for path in event_schemas.earlier(event)]
        assert numbers == [f".{place}" for place in range(1, len(numbers) + 1)]


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A folder of schemas in which nothing is frozen yet."""
    folder = tmp_path_factory.mktemp("schemas")
    monkeypatch.setattr(event_schemas, "SCHEMAS", folder)
    monkeypatch.setattr(event_schemas, "EARLIER", folder / "earlier")
    return folder


def test_freezing_keeps_the_schema_so_far(elsewhere: Any):
    event = EVENTS[0]
    file = elsewhere / f"{event.type()}.json"
    event_schemas.freeze(event)
    event_schemas.freeze(event)
    assert event_schemas.earlier(event) == []
    before = json.loads(file.read_text())
    del before["$defs"][event.__name__]["properties"]["previous"]  # an optional field of today
    file.write_text(json.dumps(before))
    event_schemas.freeze(event)
    (kept,) = event_schemas.earlier(event)
    assert json.loads(kept.read_text()) == before
    assert file.read_text() == event_schemas.rendered(event)


def test_freezing_refuses_what_needs_a_new_version(elsewhere: Any):
    event = EVENTS[0]
    file = elsewhere / f"{event.type()}.json"
    before = json.loads(event_schemas.rendered(event))
    before["$defs"][event.__name__]["required"].remove("person_id")
    file.write_text(json.dumps(before))
    with pytest.raises(SystemExit, match="needs a new version: /data: person_id became required"):
        event_schemas.freeze(event)
    assert json.loads(file.read_text()) == before
