"""Declaring what a service does with an event: one handler an event class."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from opentelemetry.trace import SpanContext
from sqlalchemy.ext.asyncio import AsyncSession

from shared.events.event import Event, Reach

E = TypeVar("E", bound=Event)
NATIONAL = "NATIONAL"  # at a hub: what all of its regions published


@dataclass(frozen=True, slots=True)
class Received(Generic[E]):
    """An event as it came: its data and what the envelope says of it.

    `span` is the span that handles it; give it as `cause` to `outbox.add` in a batch handler. Of what
    a region published, `instance` is the region that it came from, whatever it says of itself.
    """

    id: UUID
    data: E
    aggregate_id: str
    version: int
    instance: str
    time: datetime
    epoch: int = 1
    span: SpanContext | None = None


BatchHandler = Callable[[AsyncSession, list[Received[Any]]], Awaitable[None]]
EachHandler = Callable[[AsyncSession, Received[Any]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Durable:
    """A durable consumer as it is provisioned."""

    stream: str
    name: str
    filter_subject: str


@dataclass(frozen=True, slots=True)
class Subscription:
    """One event class with its handler; exactly one of `batch` and `each` is set."""

    event: type[Event]
    durable: str
    batch: BatchHandler | None = None
    each: EachHandler | None = None
    national: bool = False

    @property
    def stream(self) -> str:
        """Where it is read: a hub reads what its regions published from one stream."""
        return NATIONAL if self.national else self.event.reach.stream

    def filter_subject(self, instance: str) -> str:
        """What a hub or its regions publish is read whoever it is; everything else from the own instance."""
        whoever = self.national or self.event.reach is Reach.DOWN
        return self.event.subject("*" if whoever else instance)


class Consumers:
    """The events that one service consumes."""

    def __init__(self, service: str) -> None:
        """Start with none."""
        self.service = service
        self.subscriptions: list[Subscription] = []

    def each(self, event: type[E]) -> Callable[[EachHandler], EachHandler]:
        """Handle events one by one inside the batch's transaction, each within its own span."""

        def register(handler: EachHandler) -> EachHandler:
            self.subscriptions.append(Subscription(event, self._durable(event), each=handler))
            return handler

        return register

    def batch(self, event: type[E]) -> Callable[[BatchHandler], BatchHandler]:
        """Handle all fresh events of a batch at once, in the order of the stream."""

        def register(handler: BatchHandler) -> BatchHandler:
            self.subscriptions.append(Subscription(event, self._durable(event), batch=handler))
            return handler

        return register

    def national(self, event: type[E]) -> Callable[[BatchHandler], BatchHandler]:
        """At a hub: handle what regions published, all fresh events of a batch at once."""

        def register(handler: BatchHandler) -> BatchHandler:
            durable = self._durable(event, "national-")
            self.subscriptions.append(Subscription(event, durable, batch=handler, national=True))
            return handler

        return register

    def running(self, *, hub: bool) -> Sequence[Subscription]:
        """What this service reads: as a hub also what regions published."""
        return [item for item in self.subscriptions if hub or not item.national]

    def durables(self, instance: str, *, hub: bool = False) -> Sequence[Durable]:
        """What provisioning creates for this service."""
        return [
            Durable(item.stream, item.durable, item.filter_subject(instance))
            for item in self.running(hub=hub)
        ]

    def _durable(self, event: type[Event], kind: str = "") -> str:
        return f"{self.service}-{kind}{event.service}-{event.fact}-v{event.version}"
