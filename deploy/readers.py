"""Who reads the events from outside the services: other systems of the same instance, which only read.

A reader is a user of the broker that exists where its password does. It pulls from one durable
consumer of its own on each of its streams; it can publish no event and make or change nothing.
"""

from collections.abc import Iterator, Sequence

from shared.consumers import Durable
from shared.events.event import Reach

AGGREGATES = "reader"  # structure and figures without people
PEOPLE = "people-reader"  # also what is said about people, by opaque id
READERS: dict[str, tuple[Reach, ...]] = {
    AGGREGATES: (Reach.UP, Reach.DOWN),
    PEOPLE: (Reach.LOCAL, Reach.UP, Reach.DOWN),
}


def durables(instance: str) -> Sequence[Durable]:
    """The durable consumers of all readers; each has the name of its reader."""
    return [
        Durable(reach.stream, reader, f"steward.{instance_of(reach, instance)}.{reach}.>")
        for reader, reaches in READERS.items()
        for reach in reaches
    ]


def instance_of(reach: Reach, instance: str) -> str:
    """What a hub publishes for all is read whoever it is; everything else from the own instance only."""
    return "*" if reach is Reach.DOWN else instance


def permissions(reader: str, inbox: str) -> dict[str, dict[str, list[str]]]:
    """What one reader may do: look at, pull from and acknowledge on its own durable consumers."""
    return {"publish": {"allow": list(_requests(reader))}, "subscribe": {"allow": [f"{inbox}.>"]}}


def _requests(reader: str) -> Iterator[str]:
    yield "$JS.API.INFO"
    for reach in READERS[reader]:
        yield f"$JS.API.STREAM.INFO.{reach.stream}"
        yield f"$JS.API.CONSUMER.INFO.{reach.stream}.{reader}"
        yield f"$JS.API.CONSUMER.MSG.NEXT.{reach.stream}.{reader}"
        yield f"$JS.ACK.{reach.stream}.{reader}.>"
