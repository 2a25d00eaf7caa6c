"""Where the gateway takes messages from one account of the broker to another, between links and services. Pure.

Nothing else crosses. nats-server's own way, a stream that sources another, believes its other side:
a control message that was forged there purged a stream of local events (decision 13).
"""

from collections.abc import Iterable
from dataclasses import dataclass

OWN, LINK = "$JS", "_LINK"  # where streams are: the instance's own, and in a region those of its link
MEMBER = "steward-region-"  # before a region's name, in the metadata of NATIONAL


@dataclass(frozen=True)
class Crossing:
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


def link(region: str) -> str:
    """Where the streams of a region's link are, at its hub."""
    return f"{LINK}.{region}"


def uplink(region: str, epoch: int) -> str:
    """The stream that the hub reads now."""
    return f"UPLINK_{region}_{epoch}"


def up(region: str, epoch: int) -> Crossing:
    """At a region: what the services publish for the hub."""
    put = f"uplink.{region}.{epoch}"
    return Crossing("UP", f"steward.{region}.up", uplink(region, epoch), put, target=LINK)


def down(hub: str) -> Crossing:
    """At a region: what its hub published."""
    own = f"steward.{hub}.down"
    return Crossing("DOWN", own, "DOWN", own, source=LINK)


def came(region: str) -> Crossing:
    """At a hub: what came from a region under its own name."""
    put = f"national.{region}.up"
    return Crossing(f"NATIONAL_{region}", f"steward.{region}.up", "NATIONAL", put, source=link(region))


def at_hub(hub: str, region: str) -> list[Crossing]:
    """At a hub: what came from a region, and what is published for it."""
    published = Crossing("DOWN", f"steward.{hub}.down", "DOWN", f"downlink.{region}", target=link(region))
    return [came(region), published]


def members(metadata: Iterable[str]) -> list[str]:
    """The regions of a hub by name."""
    return sorted(key.removeprefix(MEMBER) for key in metadata if key.startswith(MEMBER))
