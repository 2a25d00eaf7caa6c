"""What a stop gives back, whatever the broker answers meanwhile."""

import asyncio
from collections.abc import Callable
from typing import Any, cast

import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import NotJSMessageError
from nats.errors import TimeoutError as NatsTimeout
from nats.js import JetStreamContext

from shared.messaging.pulling import Patient


class Message(Msg):
    """A message that notes whether it was given back; one without `reply` is no stream's."""

    given_back = False

    async def nak(self, delay: int | float | None = None) -> None:
        if not self.reply:
            raise NotJSMessageError
        self.given_back = True


class Server:
    """Connection and pull subscription: each request gets the next of `answers`."""

    is_connected = True

    def __init__(self, *answers: list[Msg] | Exception) -> None:
        self.answers = list(answers)
        self.pending_msgs = 0
        self.meanwhile: Callable[[], Any] = lambda: None

    async def fetch(self, _batch: int, timeout: float | None = None) -> list[Msg]:
        self.pending_msgs = 0
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def flush(self, _timeout: int) -> None:
        await self.meanwhile()

    async def unsubscribe(self) -> None: ...


def message(reply: str = "$JS.ACK.LOCAL.d.1.1.1.1.0") -> Message:
    return Message(cast("Client", None), reply=reply)


def patient(server: Server) -> Patient:
    return Patient(cast("JetStreamContext.PullSubscription", server), cast("Client", server), "d")


async def test_the_last_word_of_an_ended_request_holds_nothing_back():
    first = message()
    server = Server([first], NatsTimeout())
    pull = patient(server)
    await pull.fetch(1, 5)  # FastStream stops before it takes what it is handed

    async def status() -> None:
        server.pending_msgs = 1

    server.meanwhile = status
    await pull.unsubscribe()
    assert first.given_back


async def test_what_a_request_brings_while_everything_stops_is_given_back():
    late = message()
    server = Server([late])
    pull = patient(server)
    server.meanwhile = lambda: pull.fetch(1, 5)
    await pull.unsubscribe()
    assert late.given_back


async def test_one_that_cannot_be_given_back_holds_no_other_back():
    stranger, other = message(reply=""), message()
    server = Server([stranger, other])
    pull = patient(server)
    await pull.fetch(1, 5)

    async def nothing() -> None: ...

    server.meanwhile = nothing
    await pull.unsubscribe()
    assert other.given_back


@pytest.mark.parametrize("error", [RuntimeError("x"), OSError("x")])
async def test_a_look_ahead_that_fails_is_over(error: Exception):
    """It would be raised by every request after it, without a pause."""
    pull = patient(Server(error, [message()]))
    pull._ahead = asyncio.create_task(pull._rest(1))
    assert len(await pull.fetch(1, 5)) == 1


class Late(Server):
    """A subscription that messages reached after their request had timed out; it has them as nats-py does."""

    def __init__(self, count: int, *answers: list[Msg] | Exception) -> None:
        super().__init__(*answers)
        self.queue: list[Msg] = [message() for _ in range(count)]
        self.pending_msgs = count

    async def fetch(self, batch: int, timeout: float | None = None) -> list[Msg]:
        taken = self.queue[:1] if batch == 1 else self.queue
        self.queue = self.queue[len(taken) :]
        answer = [] if batch == 1 and taken else await super().fetch(batch, timeout)
        self.pending_msgs = len(self.queue)
        return taken + answer


async def test_what_came_late_is_no_more_than_was_asked_for():
    server = Late(5)
    assert len(await patient(server)._rest(3)) == 3
    assert server.pending_msgs == 2


async def test_what_came_late_is_kept_where_the_request_for_the_rest_fails():
    assert len(await patient(Late(2, NatsTimeout()))._rest(3)) == 2
