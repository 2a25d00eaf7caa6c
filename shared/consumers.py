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


@dataclass(frozen=True, slots=True)
class Received(Generic[E]):
    """An event as it came: its data and what the envelope says of it.

    `span` is the span that handles it; give it as `cause` to `outbox.add` in a batch handler.
    """

    id: UUID
    data: E
    aggregate_id: str
    version: int
    instance: str
    time: datetime
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

    def filter_subject(self, instance: str) -> str:
        """What a hub publishes is read whoever it is; everything else from the own instance only."""
        return self.event.subject("*" if self.event.reach is Reach.DOWN else instance)


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

    def durables(self, instance: str) -> Sequence[Durable]:
        """What provisioning creates for this service."""
        return [
            Durable(item.event.reach.stream, item.durable, item.filter_subject(instance))
            for item in self.subscriptions
        ]

    def _durable(self, event: type[Event]) -> str:
        return f"{self.service}-{event.service}-{event.fact}-v{event.version}"
