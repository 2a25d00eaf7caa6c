"""The events' contract is frozen: names, reach and schemas change on purpose or not at all."""

import json
import re

import jsonschema
import msgspec
import pytest

from deploy.contracts import event_docs, event_schemas
from shared.events import envelope
from shared.events.catalogue import every_event
from shared.events.event import Event, Reach
from shared.events.planning import ActivityStarted

EVENTS = every_event()
# A unit's name is of a public list (decision 35). No other field is excused, nor one of this name elsewhere.
PUBLIC = ("UnitState", "name")
PRIVATE = re.compile(r"name|phone|mail|contact|external|licence|address|national_id", re.IGNORECASE)


def identify(event: type[Event]) -> str:
    return event.type()


@pytest.mark.parametrize("event", EVENTS, ids=identify)
def test_schema_is_frozen(event: type[Event]):
    frozen = event_schemas.SCHEMAS / f"{event.type()}.json"
    assert frozen.exists(), f"run `python -m deploy.contracts.event_docs` to freeze {event.type()}"
    assert json.loads(frozen.read_text()) == event_schemas.schema(event), (
        "the event changed: `python -m deploy.contracts.event_docs --freeze` takes added optional fields over, "
        "anything else needs a new version"
    )


@pytest.mark.parametrize("event", EVENTS, ids=identify)
def test_every_event_says_what_happened_in_the_grammar(event: type[Event]):
    assert re.fullmatch(r"steward\.[a-z]+\.[a-z-]+\.v\d+", event.type())
    assert event_schemas.summary(event).endswith((".", ";", ":")) or event_schemas.summary(event)
    assert event.subject("north") == f"steward.north.{event.reach}.{event.type().removeprefix('steward.')}"


@pytest.mark.parametrize("event", EVENTS, ids=identify)
def test_no_event_has_a_field_for_a_name_contact_or_external_id(event: type[Event]):
    schema = msgspec.json.schema(event)
    state, name = PUBLIC
    if state in schema["$defs"]:
        del schema["$defs"][state]["properties"][name]
    fields = set(re.findall(r'"([a-z_]+)": \{', json.dumps(schema)))
    assert not [field for field in fields if PRIVATE.search(field)]


@pytest.mark.parametrize("event", [e for e in EVENTS if e.reach is not Reach.LOCAL], ids=identify)
def test_what_leaves_the_instance_knows_no_person(event: type[Event]):
    assert "person" not in json.dumps(msgspec.json.schema(event)["$defs"][event.__name__]["properties"])


def test_page_is_up_to_date():
    assert event_docs.PAGE.read_text() == event_docs.page(event_schemas.readers())


def test_an_older_reader_skips_what_a_newer_minor_version_added(started):
    newer = json.loads(envelope.encode(started))
    newer["data"]["place"] = "added later"
    newer["partitionkey"] = "an extension attribute"
    read = envelope.decoder(ActivityStarted).decode(json.dumps(newer))
    assert read == started


def test_an_encoded_event_fits_its_schema(started):
    jsonschema.validate(json.loads(envelope.encode(started)), event_schemas.schema(ActivityStarted))


@pytest.fixture
def started() -> envelope.Envelope[ActivityStarted]:
    from datetime import UTC, datetime

    return envelope.Envelope(
        id="0193e1a0-0000-7000-8000-000000000001",
        source="/steward/north/planning",
        type=ActivityStarted.type(),
        subject="a-1",
        time=datetime(2026, 11, 23, 8, 0, tzinfo=UTC),
        instance="north",
        aggregateversion=1,
        data=ActivityStarted(
            activity_id="a-1",
            plan_id="p-1",
            person_id="0193e1a0-0000-7000-8000-000000000002",
            unit_code="SL-E-1",
            started_at=datetime(2026, 11, 23, 8, 0, tzinfo=UTC),
        ),
    )
