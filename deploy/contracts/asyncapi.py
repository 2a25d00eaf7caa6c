"""The events as an AsyncAPI 3 document for outsiders: docs/asyncapi.json. ``python -m deploy.contracts.asyncapi``.

The gateway ships a copy, which its page `/docs/events` shows.

AsyncAPI has no words for JetStream, so what a reader binds (stream and durable consumer) stands in
extensions whose names begin with ``x-``.
"""

import json
from collections.abc import Iterator
from typing import Any

from deploy.broker import external_readers
from deploy.contracts import event_examples, event_schemas
from shared.events.catalogue import every_event
from shared.events.event import Event, Reach, published
from shared.messaging.stream_names import EVENT_ID

PAGE = event_schemas.ROOT / "docs" / "asyncapi.json"
SHIPPED = event_schemas.ROOT / "services" / "gateway" / "content" / "events_page" / "asyncapi.json"
Json = dict[str, Any]

_ABOUT = """What happens in Steward, as CloudEvents 1.0 in structured JSON over NATS JetStream.

Delivery is at least once: apply an event once by its `id`. A *state* event carries the whole state of its
aggregate; apply it when (`epoch`, `aggregateversion`) is above what you have, in a batch event by the version of
each item. An *occurrence* needs no order. Unknown fields must be ignored: an added optional field keeps the
version. `reach` says how far an event may travel: `local` stays in its instance, `up` goes from a region to the
national hub, `down` comes from there. Readers have users of their own, see docs/consume.md.
"""


def document() -> Json:
    """The whole document."""
    events = every_event()
    schemas: Json = {}
    for event in events:
        schemas.update(_schemas(event))
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Steward events",
            "version": "1.0.0",
            "description": _ABOUT,
            "tags": [{"name": reach.value} for reach in Reach],
            "x-jetstream": _jetstream(),
        },
        "defaultContentType": "application/cloudevents+json",
        "servers": _servers(),
        "channels": {event.type(): _channel(event) for event in events},
        "operations": dict(_operations(events)),
        "components": {
            "messages": {event.type(): _message(event) for event in events},
            "schemas": schemas,
            "parameters": {
                "instance": {
                    "description": "Name of the instance that the fact is from; of `down` events the hub's.",
                    "examples": ["north", "hub"],
                }
            },
            "correlationIds": {
                "trace": {
                    "description": "W3C Trace Context: one trace spans the call, this event and what it sets off.",
                    "location": "$message.payload#/traceparent",
                }
            },
            "securitySchemes": {"user": {"type": "userPassword", "description": "One user for each reader."}},
        },
    }


def _servers() -> Json:
    return {
        "instance": {
            "host": "{host}:{port}",
            "protocol": "nats",
            "description": "NATS of one instance. Streams and durables are provisioned: bind, never declare.",
            "variables": {"host": {"default": "127.0.0.1"}, "port": {"default": "4222"}},
            "security": [{"$ref": "#/components/securitySchemes/user"}],
        }
    }


def _jetstream() -> Json:
    """Which streams there are, and what each reader binds."""
    return {
        "streams": {reach.stream: f"{published('{instance}', reach)}.>" for reach in Reach},
        "readers": {
            reader: {
                "durable": reader,
                "inboxPrefix": f"_INBOX_{reader}",
                "streams": [r.stream for r in reaches],
            }
            for reader, reaches in external_readers.READERS.items()
        },
    }


def _channel(event: type[Event]) -> Json:
    return {
        "address": event.subject("{instance}"),
        "title": event.type(),
        "summary": event_schemas.summary(event),
        "messages": {event.type(): {"$ref": f"#/components/messages/{event.type()}"}},
        "parameters": {"instance": {"$ref": "#/components/parameters/instance"}},
        "servers": [{"$ref": "#/servers/instance"}],
        "tags": [{"name": event.reach.value}],
        "x-stream": event.reach.stream,
        "x-reach": event.reach.value,
    }


def _operations(events: list[type[Event]]) -> Iterator[tuple[str, Json]]:
    """Who sends and who receives, as the services declare it; outside readers receive all they may."""
    receiving = event_schemas.readers()
    for event in events:
        channel = {"$ref": f"#/channels/{_pointer(event.type())}"}
        yield (
            f"{event.service}.sends.{event.fact}.v{event.version}",
            {"action": "send", "channel": channel, "summary": f"{event.service} publishes it."},
        )
        for service in sorted(set(receiving.get(event.type(), []))):
            yield (
                f"{service}.receives.{event.service}.{event.fact}.v{event.version}",
                {"action": "receive", "channel": channel, "summary": f"{service} consumes it."},
            )


def _message(event: type[Event]) -> Json:
    return {
        "name": event.type(),
        "title": event.fact.replace("-", " "),
        "summary": event_schemas.summary(event),
        "contentType": "application/cloudevents+json",
        "correlationId": {"$ref": "#/components/correlationIds/trace"},
        "headers": {
            "type": "object",
            "properties": {
                EVENT_ID: {"type": "string", "format": "uuid", "description": "The event's id again."}
            },
        },
        "payload": {
            "schemaFormat": "application/schema+json;version=draft-07",
            "schema": {"$ref": f"#/components/schemas/{_pointer(_root(event))}"},
        },
        "examples": [{"name": event.fact, "payload": event_examples.envelope(event)}],
        "tags": [{"name": event.reach.value}],
        "x-kind": "state" if event.state else "occurrence",
        "x-reach": event.reach.value,
        "x-stream": event.reach.stream,
    }


def _schemas(event: type[Event]) -> Json:
    """The definitions of the event's frozen schema, where the document keeps its schemas."""
    text = json.dumps(event_schemas.schema(event)["$defs"]).replace("#/$defs/", "#/components/schemas/")
    found: Json = json.loads(text)
    return found


def _root(event: type[Event]) -> str:
    """Name of the definition of the whole envelope."""
    return str(event_schemas.schema(event)["$ref"]).removeprefix("#/$defs/")


def _pointer(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def rendered() -> str:
    """The file's text."""
    return json.dumps(document(), indent=1, ensure_ascii=False) + "\n"


def main() -> None:
    """Write the document, and the gateway's copy."""
    for path in (PAGE, SHIPPED):
        path.write_text(rendered())


if __name__ == "__main__":
    main()
