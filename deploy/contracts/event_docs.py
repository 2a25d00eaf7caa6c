"""The published facts as documents: JSON Schemas and docs/events.md. ``python -m deploy.contracts.event_docs``.

``--freeze`` also takes events over that gained optional fields; their schema so far is stored as an earlier one.
"""

import argparse

from deploy.contracts import asyncapi
from deploy.contracts.event_schemas import ROOT, SCHEMAS, freeze, readers, summary
from shared.events.catalogue import every_event

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


def page(readers_of: dict[str, list[str]]) -> str:
    """docs/events.md; `readers_of` maps an event type to the services that consume it."""
    lines = [
        f"| `{event.type()}` | {event.reach} | {'state' if event.state else 'occurrence'} "
        f"| {', '.join(readers_of.get(event.type(), [])) or '-'} | {summary(event)} |"
        for event in every_event()
    ]
    return _HEAD + "\n".join(lines) + "\n"


def main() -> None:
    """Write new schema files, the page and docs/asyncapi.json; a schema that changed only where asked to."""
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
