"""The schema of each published fact, frozen in tests/events/schemas, and which services read it."""

import json
from pathlib import Path
from typing import Any

import msgspec

from deploy.contracts.compatibility import forbidden_changes
from shared.events.envelope import Envelope
from shared.events.event import Event

ROOT = Path(__file__).resolve().parent.parent.parent
SCHEMAS = ROOT / "tests" / "events" / "schemas"
EARLIER = SCHEMAS / "earlier"


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
