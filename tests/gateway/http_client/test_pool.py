"""Connections to the services: kept, bounded, and never carrying what is left of another answer."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
import pytest_asyncio

from services.gateway.http_client.pool import Connections, Limits
from services.gateway.http_client.response_parser import BUFFER, Away, Broken, Late
from tests.servers import wait_for

pytestmark = pytest.mark.asyncio(loop_scope="function")

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
LIMITS = Limits(connections=2, idle=30, connect=2, place=0.05, silence=5)


class Wire:
    """A service that speaks bytes; `talk` says how, once for each connection."""

    def __init__(self) -> None:
        self.talk: Talk = always(OK)
        self.heard: list[bytes] = []
        self.connections = 0
        self.port = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            await self.talk(reader, writer)
        except (asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError):
            pass
        finally:
            writer.close()

    async def request(self, reader: asyncio.StreamReader) -> None:
        self.heard.append(await reader.readuntil(b"\r\n\r\n"))

    def to(self, **limits: float) -> Connections:
        return Connections(f"http://127.0.0.1:{self.port}/base", LIMITS._replace(**limits))


def always(*answers: bytes) -> Talk:
    """Answers each request of a connection in turn, the last one again and again."""

    async def talk(reader, writer):
        left = list(answers)
        while True:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(left.pop(0) if len(left) > 1 else left[0])

    return talk


@pytest_asyncio.fixture(loop_scope="function")
async def wire():
    found = Wire()
    server = await asyncio.start_server(found.serve, "127.0.0.1", 0)
    found.port = server.sockets[0].getsockname()[1]
    yield found
    server.close()


async def call(connections: Connections, method: str = "GET", body: bytes | None = None) -> tuple[int, bytes]:
    async with connections.exchange(method, b"/x?y=%20", [(b"accept", b"a/b")], body) as answer:
        return answer.status, await answer.read()


@pytest.mark.parametrize(
    "answer",
    [
        OK,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\no\r\n1\r\nk\r\n0\r\nTrailer: x\r\n\r\n",
        b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + OK,
    ],
)
async def test_one_connection_carries_many_requests(wire, answer):
    wire.talk = always(answer)
    connections = wire.to()
    assert [await call(connections) for _ in range(5)] == [(200, b"ok")] * 5
    assert wire.connections == 1
    connections.close()


async def test_answers_without_a_body_end(wire):
    wire.talk = always(b"HTTP/1.1 204 No Content\r\n\r\n", b"HTTP/1.1 304 Not Modified\r\nETag: x\r\n\r\n")
    connections = wire.to()
    assert [await call(connections), await call(connections)] == [(204, b""), (304, b"")]
    assert wire.connections == 1


async def test_the_request_says_its_own_length_and_host(wire):
    async def talk(reader, writer):
        wire.heard.append(await reader.readuntil(b"abc"))
        writer.write(OK)

    wire.talk = talk
    headers = [(b"content-length", b"99"), (b"x-kept", b"1")]
    async with wire.to().exchange("POST", b"/x", headers, b"abc") as answer:
        await answer.read()
    head, _, body = wire.heard[0].partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    assert lines[0] == b"POST /base/x HTTP/1.1"
    assert set(lines[1:]) == {b"x-kept: 1", b"content-length: 3", b"host: 127.0.0.1:%d" % wire.port}
    assert body == b"abc"


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok",
        OK + OK,  # the second was not asked for
    ],
)
async def test_a_connection_that_is_not_clean_is_not_used_again(wire, answer):
    wire.talk = always(answer)
    connections = wire.to()
    assert await call(connections) == (200, b"ok")
    assert await call(connections) == (200, b"ok")
    assert wire.connections == 2


async def test_an_answer_that_was_not_read_to_its_end_ends_the_connection(wire):
    wire.talk = always(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nsecret")
    connections = wire.to()
    async with connections.exchange("GET", b"/", [], None) as answer:
        assert answer.status == 200
    wire.talk = always(OK)
    assert await call(connections) == (200, b"ok")
    assert wire.connections == 2


async def test_a_body_without_length_ends_with_the_connection(wire):
    async def talk(reader, writer):
        await wire.request(reader)
        writer.write(b"HTTP/1.1 200 OK\r\n\r\nall of it")

    wire.talk = talk
    assert await call(wire.to()) == (200, b"all of it")


@pytest.mark.parametrize(("method", "asked"), [("GET", 3), ("POST", 2)])
async def test_a_kept_connection_that_was_closed_is_replaced_where_a_repeat_does_no_harm(wire, method, asked):
    async def once(reader, writer):
        await wire.request(reader)
        writer.write(OK)
        await wire.request(reader)  # and closes instead of answering

    wire.talk = once
    connections = wire.to()
    assert await call(connections, method) == (200, b"ok")
    if method == "GET":
        assert await call(connections, method) == (200, b"ok")
    else:
        with pytest.raises(Broken):
            await call(connections, method)
    assert len(wire.heard) == asked


@pytest.mark.parametrize(
    "answer", [b"nonsense\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", b""]
)
async def test_what_breaks_off_is_broken(wire, answer):
    async def talk(reader, writer):
        await wire.request(reader)
        writer.write(answer)

    wire.talk = talk
    with pytest.raises(Broken):
        await call(wire.to())
    assert len(wire.heard) == 1, "a new connection is not tried twice"


async def test_silence_is_late(wire):
    async def talk(reader, writer):
        await wire.request(reader)
        await reader.read()

    wire.talk = talk
    with pytest.raises(Late):
        await call(wire.to(silence=0.05))


async def test_places_are_bounded(wire):
    never = asyncio.Event()

    async def talk(reader, writer):
        await wire.request(reader)
        await never.wait()
        writer.write(OK)

    wire.talk = talk
    connections = wire.to()
    waiting = [asyncio.create_task(call(connections)) for _ in range(2)]
    await wait_for(lambda: len(wire.heard) == 2)
    with pytest.raises(Away):
        await call(connections)
    never.set()
    assert await asyncio.gather(*waiting) == [(200, b"ok")] * 2
    assert await call(connections) == (200, b"ok")


async def test_a_slow_caller_holds_the_service_back_and_is_not_its_silence(wire):
    written = 0
    size = 256 * BUFFER

    async def talk(reader, writer):
        nonlocal written
        await wire.request(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size)
        while written < size:
            writer.write(b"x" * BUFFER)
            written += BUFFER
            await writer.drain()

    wire.talk = talk
    async with wire.to(silence=0.05).exchange("GET", b"/", [], None) as answer:
        await wait_for(lambda: answer.held)
        await asyncio.sleep(
            0.2
        )  # longer than the service may be silent: that nothing fails cannot be awaited
        assert written < size
        assert sum([len(chunk) async for chunk in answer.chunks()]) == size


async def test_nobody_there_is_away():
    with pytest.raises(Away):
        await call(Connections("http://127.0.0.1:9", LIMITS))
