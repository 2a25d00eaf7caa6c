"""The base of every event: its name, its reach and its place in a stream."""

from enum import StrEnum
from typing import ClassVar

import msgspec


class Reach(StrEnum):
    """How far an event may travel: the privacy rule, made part of the subject.

    ``local`` never leaves the instance, ``up`` goes to the national hub (aggregates and
    structure without people), ``down`` is what the hub publishes for all.
    """

    LOCAL = "local"
    UP = "up"
    DOWN = "down"

    @property
    def stream(self) -> str:
        """Name of the JetStream stream that holds events of this reach."""
        return self.value.upper()


def published(instance: str, reach: str) -> str:
    """Prefix of the subjects of what an instance publishes with this reach; ``*`` for any instance or reach."""
    return f"steward.{instance}.{reach}"


class Event(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=False):
    """A published fact. Subclasses name their publisher, fact, reach and version as class keywords.

    A *state* event carries the full state of its aggregate and is ordered by version; an
    *occurrence* is only de-duplicated by id and must not need order. Unknown fields are ignored
    on reading, so an older consumer reads a newer minor version.
    """

    service: ClassVar[str] = ""
    fact: ClassVar[str] = ""
    reach: ClassVar[Reach] = Reach.LOCAL
    version: ClassVar[int] = 1
    state: ClassVar[bool] = True

    @classmethod
    def type(cls) -> str:
        """CloudEvents type, e.g. ``steward.assessment.completed.v1``."""
        return f"steward.{cls.service}.{cls.fact}.v{cls.version}"

    @classmethod
    def subject(cls, instance: str) -> str:
        """NATS subject, e.g. ``steward.north.local.assessment.completed.v1``; ``*`` for any instance."""
        return f"{published(instance, cls.reach)}.{cls.service}.{cls.fact}.v{cls.version}"
