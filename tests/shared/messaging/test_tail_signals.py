"""Processes go on telling one another of recorded flows, whatever becomes of a connection."""

import asyncio
from typing import Any

from nats.errors import ConnectionClosedError

from shared.messaging import tail_signals
from shared.settings import Settings
from shared.tasks import end
from shared.telemetry.tail_sampling import Flows
from tests.servers import wait_for


class Connection:
    """A connection to the broker; `ends` while it subscribes."""

    def __init__(self, *, ends: bool) -> None:
        self.ends, self.sent, self.closed = ends, list[bytes](), False

    async def subscribe(self, _subject: str, cb: Any) -> None:
        if self.ends:
            raise ConnectionClosedError

    async def publish(self, _subject: str, data: bytes) -> None:
        self.sent.append(data)

    async def close(self) -> None:
        self.closed = True


async def test_a_connection_that_ends_while_it_subscribes_is_not_the_last(monkeypatch):
    first, second = Connection(ends=True), Connection(ends=False)
    left = iter((first, second))

    async def connect(*_: Any) -> Any:
        return next(left)

    monkeypatch.setattr(tail_signals, "connect", connect)
    monkeypatch.setattr(tail_signals, "AGAIN", 0.01)
    flows = Flows(lambda _: None)
    running = asyncio.create_task(tail_signals.Signals(Settings(service="planning"), flows).run())
    await wait_for(lambda: first.closed)
    flows.tell(7)
    await wait_for(lambda: second.sent or first.sent)
    await end([running])
    assert second.sent == [(7).to_bytes(16)]
    assert second.closed
