"""The published facts as documents: JSON Schemas and docs/events.md. ``python -m deploy.contracts.event_docs``.

``--freeze`` also takes events over that gained optional fields; their schema so far is kept.
"""

import argparse
import json
from pathlib import Path
from typing import Any

import msgspec

from deploy.contracts.compatibility import forbidden_changes
from shared.events.catalogue import every_event
from shared.events.envelope import Envelope
from shared.events.event import Event

ROOT = Path(__file__).resolve().parent.parent.parent
SCHEMAS = ROOT / "tests" / "events" / "schemas"
EARLIER = SCHEMAS / "earlier"
PAGE = ROOT / "docs" / "events.md"

_HEAD = """# Events

Generated from `shared/events/` by `python -m deploy.contracts.event_docs`; a test keeps it true.

Subject = `steward.<instance>.<reach>.<service>.<fact>.v<n>`; the CloudEvents type is the same without
instance and reach. `local` never leaves the instance, `up` goes to the national hub, `down` comes from it.
A *state* event carries the whole state of its aggregate and a version: ignore older news. An *occurrence* is
only de-duplicated by id and needs no order. Every event is CloudEvents 1.0 in structured JSON; its schema is in
`tests/events/schemas/`, and all events are in one [AsyncAPI document](asyncapi.json). Reading them from outside:
[consume.md](consume.md).

## What may change
An event gains optional fields and keeps its version; anything else is a new version with its own subject, and
both are published until nobody reads the old. Then an older reader understands newer events, and a newer
reader older ones.

| Within a version | |
|---|---|
| Optional field added, with a default, at any depth | allowed; readers ignore what they do not know |
| Description or class name changed, fields in another order | allowed; does not travel |
| Field removed or renamed | new version |
| Required field added; field made required or no longer required | new version |
| Type, format, limit, enum or default changed; null newly allowed or refused | new version |

`deploy/contracts/compatibility.py` has the rules. `python -m deploy.contracts.event_docs --freeze` takes an
allowed change over and keeps the schema so far in `tests/events/schemas/earlier/`; a forbidden one is
refused with its place. Tests compare each schema with all earlier ones, and let the classes of today read
events with more and with fewer optional fields.

## The events
| Type | Reach | Kind | Read by | What happened |
|---|---|---|---|---|
"""


def schema(event: type[Event]) -> dict[str, Any]:
    """JSON Schema 2020-12 of the event in its envelope."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": event.type(),
        "description": summary(event),
        **msgspec.json.schema(Envelope[event]),  # type: ignore[valid-type]
    }


def summary(event: type[Event]) -> str:
    """First line of the event's docstring."""
    return (event.__doc__ or "").strip().splitlines()[0]


def page(readers: dict[str, list[str]]) -> str:
    """docs/events.md; `readers` maps an event type to the services that consume it."""
    lines = [
        f"| `{event.type()}` | {event.reach} | {'state' if event.state else 'occurrence'} "
        f"| {', '.join(readers.get(event.type(), [])) or '-'} | {summary(event)} |"
        for event in every_event()
    ]
    return _HEAD + "\n".join(lines) + "\n"


def readers() -> dict[str, list[str]]:
    """Which service consumes which event type, as the services declare it."""
    from deploy.services import consumers_of, service_names

    found: dict[str, list[str]] = {}
    for service in service_names():
        for subscription in consumers_of(service).subscriptions:
            found.setdefault(subscription.event.type(), []).append(service)
    return found


def rendered(event: type[Event]) -> str:
    """The schema file's text."""
    return json.dumps(schema(event), indent=2, ensure_ascii=False) + "\n"


def earlier(event: type[Event]) -> list[Path]:
    """Schemas that the event had before, the oldest first."""
    return sorted(EARLIER.glob(f"{event.type()}.*.json"), key=lambda path: int(path.suffixes[-2][1:]))


def freeze(event: type[Event]) -> None:
    """The event's schema as it is now is its contract. Raises SystemExit where it may not change so."""
    file = SCHEMAS / f"{event.type()}.json"
    text = rendered(event)
    if file.exists() and file.read_text() != text:
        if forbidden := forbidden_changes(json.loads(file.read_text()), json.loads(text)):
            raise SystemExit(f"{event.type()} needs a new version: {'; '.join(forbidden)}")
        EARLIER.mkdir(exist_ok=True)
        file.rename(EARLIER / f"{event.type()}.{len(earlier(event)) + 1}.json")
    file.write_text(text)


def main() -> None:
    """Write new schema files, the page and docs/asyncapi.json; a schema that changed only where asked to."""
    from deploy.contracts import asyncapi

    parser = argparse.ArgumentParser(prog="python -m deploy.contracts.event_docs")
    parser.add_argument("--freeze", action="store_true", help="take over events that gained optional fields")
    wanted = parser.parse_args().freeze
    for event in every_event():
        if wanted or not (SCHEMAS / f"{event.type()}.json").exists():
            freeze(event)
    PAGE.write_text(page(readers()))
    asyncapi.main()


if __name__ == "__main__":
    main()
