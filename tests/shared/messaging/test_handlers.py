"""Handlers under FastStream's test broker: what they are given, and what becomes of an event that fails.

No server: the inbox is a set, the broker is FastStream's. The same on real servers: test_events_flow.py,
test_subscriber.py.
"""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any
from unittest.mock import AsyncMock
from uuid import UUID, uuid4

import pytest
from faststream.nats import TestNatsBroker
from nats.aio.msg import Msg

from shared.events import envelope
from shared.events.event import Event
from shared.events.planning import ActivityCompleted, ActivityStarted
from shared.messaging import batches
from shared.messaging.subscriber import Subscribers
from shared.messaging.subscriptions import Batch, Consumers, One, Session
from tests.servers import INSTANCE
from tests.shared.builders import MOMENT, completed, started

pytestmark = pytest.mark.asyncio(loop_scope="function")


class Message(Msg):
    """A message of a stream that notes what it is answered."""

    answers: tuple[str, ...] = ()

    async def ack(self) -> None:
        self.answers, self._ackd = (*self.answers, "ack"), True

    async def nak(self, delay: float | None = None) -> None:
        self.answers, self._ackd = (*self.answers, f"nak {delay}"), True

    async def term(self) -> None:
        self.answers, self._ackd = (*self.answers, "term"), True


class Memory:
    """A database that remembers the inbox of what was committed, and how often an event failed."""

    def __init__(self) -> None:
        self.inbox: set[UUID] = set()
        self.failures = 0
        self.sessions: list[Any] = []

    @asynccontextmanager
    async def session(self) -> AsyncIterator[Any]:
        nobody = AsyncMock(return_value=())  # was erased
        session = SimpleNamespace(seen=set(), scalar=self._failed, execute=AsyncMock(), scalars=nobody)
        self.sessions.append(session)
        yield session
        self.inbox |= session.seen

    async def _failed(self, *_: Any) -> int:
        self.failures += 1
        return self.failures


class Inbox:
    """The connection under a session, for the one statement that is asked of it."""

    def __init__(self, memory: Memory, session: Any) -> None:
        self._memory, self._session = memory, session

    async def fetch(self, _: str, __: str, events: Iterable[UUID]) -> list[dict[str, UUID]]:
        fresh = [event for event in events if event not in self._memory.inbox]
        self._session.seen.update(fresh)
        return [{"event_id": event} for event in fresh]


class Desk:
    """Consumers under the test broker."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.memory = Memory()
        self.consumers = Consumers("planning")
        self.jetstream = AsyncMock()

        async def raw(session: Any) -> Inbox:
            return Inbox(self.memory, session)

        monkeypatch.setattr(batches, "raw", raw)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Any]:
        client: Any = SimpleNamespace(jetstream=lambda **_: self.jetstream)
        found = Subscribers("planning", INSTANCE, self.consumers.subscriptions, self.memory, client)
        async with TestNatsBroker(found.broker):
            (subscriber,) = found.broker.subscribers
            yield subscriber.process_message


def message(event: Event, number: int = 1, data: bytes = b"") -> Message:
    event_id = str(uuid4())
    made = envelope.Envelope(
        id=event_id, source=f"/steward/{INSTANCE}/planning", type=event.type(), subject="x", time=MOMENT,
        data=event, instance=INSTANCE, aggregateversion=number,
    )  # fmt: skip
    reply = f"$JS.ACK.LOCAL.d.1.{number}.{number}.0.0"
    headers = {"Nats-Msg-Id": event_id}
    return Message(AsyncMock(), event.subject(INSTANCE), reply, data or envelope.encode(made), headers)


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Desk:
    return Desk(monkeypatch)


async def test_a_batch_handler_is_given_the_session_and_what_is_new_in_order(desk: Desk):
    given: list[tuple[Any, list[str]]] = []

    @desk.consumers.batch(ActivityCompleted)
    async def take(session: Session, events: Batch[ActivityCompleted]) -> None:
        given.append((session, [event.data.activity_id for event in events]))

    first, second, third = (message(completed(f"a-{number}")) for number in range(3))
    async with desk.open() as deliver:
        await deliver([first])
        await deliver([first, third, second, third])
    assert [events for _, events in given] == [["a-0"], ["a-2", "a-1"]]
    assert [session for session, _ in given] == desk.memory.sessions
    assert {one.answers[-1] for one in (first, second, third)} == {"ack"}


async def test_a_handler_of_single_events_is_called_for_each_in_one_transaction(desk: Desk):
    given: list[tuple[Any, str]] = []

    @desk.consumers.each(ActivityStarted)
    async def take(session: Session, event: One[ActivityStarted]) -> None:
        given.append((session, event.data.activity_id))

    async with desk.open() as deliver:
        await deliver([message(started(f"a-{number}")) for number in range(3)])
    (session,) = desk.memory.sessions
    assert given == [(session, "a-0"), (session, "a-1"), (session, "a-2")]


async def test_what_fails_alone_is_put_off_and_the_others_are_applied(desk: Desk):
    done: list[str] = []

    @desk.consumers.batch(ActivityCompleted)
    async def take(_: Session, events: Batch[ActivityCompleted]) -> None:
        if any(event.data.activity_id == "a-1" for event in events):
            raise ValueError("not yet")
        done.extend(event.data.activity_id for event in events)

    batch = [message(completed(f"a-{number}")) for number in range(3)]
    async with desk.open() as deliver:
        await deliver(batch)
        assert [one.answers for one in batch] == [("ack",), ("nak 0.4",), ("ack",)]
        for _ in range(batches.MAX_FAILURES - 1):
            await deliver(batch[1:2])
    assert done == ["a-0", "a-2"]
    assert batch[1].answers[-2:] == ("nak 3.2", "term")
    (call,) = desk.jetstream.publish.await_args_list
    assert call.args[0] == f"dlq.planning.{completed().subject(INSTANCE)}"
    assert call.kwargs["headers"]["Steward-Reason"] == "ValueError"


@pytest.mark.parametrize(
    "data", [b"{", b'{"id":"\xff"}', b'{"x":' + b"[" * 100_000], ids=["cut", "bytes", "deep"]
)
async def test_what_is_no_event_is_a_dead_letter_at_once(desk: Desk, data: bytes):
    @desk.consumers.batch(ActivityCompleted)
    async def take(_: Session, events: Batch[ActivityCompleted]) -> None:
        raise AssertionError("not for this one")

    broken = message(completed(), data=data)
    async with desk.open() as deliver:
        await deliver([broken])
    assert broken.answers == ("term",)
    assert desk.jetstream.publish.await_args.kwargs["headers"]["Steward-Reason"] == "Unreadable"


async def test_while_dead_letters_are_refused_the_event_comes_again_later(desk: Desk):
    @desk.consumers.batch(ActivityCompleted)
    async def take(_: Session, events: Batch[ActivityCompleted]) -> None: ...

    desk.jetstream.publish.side_effect = TimeoutError
    broken = message(completed(), data=b"{")
    async with desk.open() as deliver:
        await deliver([broken])
    assert broken.answers == ("nak 5.0",)


async def test_a_handler_whose_parameters_are_not_injected_is_refused_when_it_is_declared(desk: Desk):
    async def take(session: Any, events: list[Any]) -> None: ...

    with pytest.raises(TypeError, match="session of the handler"):
        desk.consumers.batch(ActivityCompleted)(take)
    assert desk.consumers.subscriptions == []
