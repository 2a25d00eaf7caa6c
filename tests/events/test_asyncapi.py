"""The AsyncAPI document says what the code says: subjects, schemas, examples, who sends and receives."""

import json

import jsonschema
import pytest

from deploy.broker import external_readers
from deploy.contracts import asyncapi, event_schemas
from shared.events.catalogue import every_event
from shared.events.event import Event

DOCUMENT = json.loads(asyncapi.PAGE.read_text())


def test_the_document_is_as_the_code_makes_it():
    assert asyncapi.PAGE.read_text() == asyncapi.rendered(), "run `python -m deploy.contracts.event_docs`"
    assert asyncapi.SHIPPED.read_text() == asyncapi.rendered(), "run `python -m deploy.contracts.event_docs`"


@pytest.mark.parametrize("event", every_event(), ids=lambda event: event.type())
def test_every_event_has_a_channel_with_its_subject_and_reach(event: type[Event]):
    channel = DOCUMENT["channels"][event.type()]
    assert channel["address"].replace("{instance}", "north") == event.subject("north")
    assert (channel["x-stream"], channel["x-reach"]) == (event.reach.stream, event.reach)
    assert f"{event.service}.sends.{event.fact}.v{event.version}" in DOCUMENT["operations"]


@pytest.mark.parametrize("event", every_event(), ids=lambda event: event.type())
def test_the_schema_is_the_frozen_one(event: type[Event]):
    frozen = json.loads((event_schemas.SCHEMAS / f"{event.type()}.json").read_text())
    for name, definition in frozen["$defs"].items():
        shown = json.dumps(DOCUMENT["components"]["schemas"][name])
        assert json.loads(shown.replace("#/components/schemas/", "#/$defs/")) == definition


@pytest.mark.parametrize("event", every_event(), ids=lambda event: event.type())
def test_the_example_fits_the_frozen_schema(event: type[Event]):
    frozen = json.loads((event_schemas.SCHEMAS / f"{event.type()}.json").read_text())
    (example,) = DOCUMENT["components"]["messages"][event.type()]["examples"]
    jsonschema.validate(example["payload"], frozen)


def test_readers_find_what_they_bind():
    known = DOCUMENT["info"]["x-jetstream"]["readers"]
    assert known.keys() == external_readers.READERS.keys()
    for reader, reaches in external_readers.READERS.items():
        bound = {durable.stream for durable in external_readers.durables("north") if durable.name == reader}
        assert set(known[reader]["streams"]) == bound == {reach.stream for reach in reaches}
