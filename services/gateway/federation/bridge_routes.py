"""The routes of the stream bridges: from which stream of a link to which of the services, and back. Pure.

Nothing else passes between a link and the services. nats-server could let one stream source another, but it
trusts the other side: a forged control message purged a stream of local events (decision 13).
"""

from dataclasses import dataclass

from shared.events.event import published
from shared.federation.protocol import (
    IN_LINK,
    OWN,
    arrivals,
    forwarded_down,
    forwarded_up,
    gathered,
    link,
    uplink,
)
from shared.messaging.stream_names import DOWN, NATIONAL, UP


@dataclass(frozen=True)
class Route:
    """From `stream` in `source` to `into` in `target`: what is on `subject`.>, put there as `put`.>.

    The stream `into` stores it under its first subject again.
    """

    stream: str
    subject: str
    into: str
    put: str
    source: str = OWN
    target: str = OWN

    @property
    def takes(self) -> str:
        """What crosses, and by what its last one is found again in `into`."""
        return f"{self.subject}.>"

    def renamed(self, subject: str) -> str:
        """The subject on which a message is put into the other stream."""
        return self.put + subject.removeprefix(self.subject)


def up(region: str, epoch: int) -> Route:
    """At a region: what the services publish for the hub."""
    put = forwarded_up(region, epoch)
    return Route(UP, published(region, "up"), uplink(region, epoch), put, target=IN_LINK)


def down(hub: str) -> Route:
    """At a region: what its hub published."""
    own = published(hub, "down")
    return Route(DOWN, own, DOWN, own, source=IN_LINK)


def came(region: str) -> Route:
    """At a hub: what came from a region under its own name."""
    return Route(arrivals(region), published(region, "up"), NATIONAL, gathered(region), source=link(region))


def at_hub(hub: str, region: str) -> list[Route]:
    """At a hub: what came from a region, and what is published for it."""
    outward = Route(DOWN, published(hub, "down"), DOWN, forwarded_down(region), target=link(region))
    return [came(region), outward]
