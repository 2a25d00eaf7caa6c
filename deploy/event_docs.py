"""The published facts as documents: a JSON Schema each and docs/events.md. ``python -m deploy.event_docs``."""

import json
from pathlib import Path
from typing import Any

import msgspec

from shared.events.envelope import Envelope
from shared.events.event import Event, every_event

ROOT = Path(__file__).resolve().parent.parent
SCHEMAS = ROOT / "tests" / "events" / "schemas"
PAGE = ROOT / "docs" / "events.md"

_HEAD = """# Events

Generated from `shared/events/` by `python -m deploy.event_docs`; a test keeps it true.

Subject = `steward.<instance>.<reach>.<service>.<fact>.v<n>`; the CloudEvents type is the same without
instance and reach. `local` never leaves the instance, `up` goes to the national hub, `down` comes from it.
A *state* event carries the whole state of its aggregate and a version: ignore older news. An *occurrence* is
only de-duplicated by id and needs no order. Every event is CloudEvents 1.0 in structured JSON; its schema is in
`tests/events/schemas/`. An added optional field keeps the version; anything else is a new version with its own
subject.

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


def main() -> None:
    """Write new schema files, the page and docs/asyncapi.json.

    A frozen schema is never overwritten: delete it on purpose.
    """
    from deploy import asyncapi

    for event in every_event():
        file = SCHEMAS / f"{event.type()}.json"
        if not file.exists():
            file.write_text(rendered(event))
    PAGE.write_text(page(readers()))
    asyncapi.main()


if __name__ == "__main__":
    main()
