"""Declaring what a service does with an event: one handler an event class.

A declaration is made once and read three times: for subscribing (`shared/messaging/subscriber.py`), for
provisioning (`deploy/broker/provision.py`) and for the documents (`deploy/contracts/asyncapi.py`).
"""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from datetime import datetime
from inspect import get_annotations
from typing import Annotated, Any, Generic, TypeVar, get_origin
from uuid import UUID

from faststream import Depends
from opentelemetry.trace import SpanContext
from sqlalchemy.ext.asyncio import AsyncSession

from shared.events.event import Event, Reach
from shared.messaging.stream_names import NATIONAL

E = TypeVar("E", bound=Event)


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


_given: ContextVar[tuple[AsyncSession, Any]] = ContextVar("given")


@contextmanager
def giving(session: AsyncSession, events: Any) -> Iterator[None]:
    """Inject `session` and `events` (one event, or all of a batch) into handlers called in this block."""
    token = _given.set((session, events))
    try:
        yield
    finally:
        _given.reset(token)


async def _session() -> AsyncSession:
    return _given.get()[0]


async def _events() -> Any:
    return _given.get()[1]


# What a handler asks for by the types of its parameters; FastStream injects it. A handler stays a plain
# function, which a test or another handler calls with a session and events of its own. Not by FastStream's
# `Context`: it looks each value up in another thread (0.7.8), 0.1 ms a time.
Session = Annotated[AsyncSession, Depends(_session)]  # the transaction of the whole batch
Batch = Annotated[list[Received[E]], Depends(_events)]  # Batch[UnitsChanged]: what is new, in stream order
One = Annotated[Received[E], Depends(_events)]  # One[FollowUpDue]: one new event

BatchHandler = Callable[[AsyncSession, list[Received[Any]]], Awaitable[None]]
EachHandler = Callable[[AsyncSession, Received[Any]], Awaitable[None]]
H = TypeVar("H", BatchHandler, EachHandler)


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

    @property
    def handler(self) -> BatchHandler | EachHandler:
        """The function that was declared."""
        handler = self.batch or self.each
        assert handler is not None
        return handler

    def calling(self, handler: Callable[[AsyncSession, Any], Awaitable[None]]) -> "Subscription":
        """The same subscription with another way to its handler."""
        return replace(self, each=handler) if self.each is not None else replace(self, batch=handler)

    def filter_subject(self, instance: str) -> str:
        """Events of a hub or of its regions are read of any instance; all others of the own."""
        of_others = self.national or self.event.reach is Reach.DOWN
        return self.event.subject("*" if of_others else instance)


class Consumers:
    """The events that one service consumes."""

    def __init__(self, service: str) -> None:
        self.service = service
        self.subscriptions: list[Subscription] = []

    def each(self, event: type[E]) -> Callable[[EachHandler], EachHandler]:
        """Handle events one by one inside the batch's transaction, each within its own span."""

        def register(handler: EachHandler) -> EachHandler:
            return self._declare(Subscription(event, self._durable(event), each=handler), handler)

        return register

    def batch(self, event: type[E]) -> Callable[[BatchHandler], BatchHandler]:
        """Handle all fresh events of a batch at once, in the order of the stream."""

        def register(handler: BatchHandler) -> BatchHandler:
            return self._declare(Subscription(event, self._durable(event), batch=handler), handler)

        return register

    def national(self, event: type[E]) -> Callable[[BatchHandler], BatchHandler]:
        """At a hub: handle what regions published, all fresh events of a batch at once."""

        def register(handler: BatchHandler) -> BatchHandler:
            durable = self._durable(event, "national-")
            return self._declare(Subscription(event, durable, batch=handler, national=True), handler)

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

    def _declare(self, subscription: Subscription, handler: H) -> H:
        """Add one. Raises TypeError where a parameter would not be injected: its every event would fail."""
        for name, annotation in get_annotations(handler).items():
            if name != "return" and get_origin(annotation) is not Annotated:
                raise TypeError(f"{name} of the handler of {subscription.event.type()} is not injected.")
        self.subscriptions.append(subscription)
        return handler

    def _durable(self, event: type[Event], kind: str = "") -> str:
        return f"{self.service}-{kind}{event.service}-{event.fact}-v{event.version}"
