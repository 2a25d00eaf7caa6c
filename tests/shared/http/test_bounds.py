"""What a connection may cost and how slow its peer may be, on a server whose app does next to nothing."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import pytest_asyncio
from fastapi import FastAPI, Request, Response

from shared.http import bounds
from shared.http.bounds import BoundedProtocol
from tests.served import serving

pytestmark = pytest.mark.asyncio(loop_scope="module")

GET = b"GET /size HTTP/1.1\r\nhost: x\r\n"
POST = b"POST /size HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n\r\n"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def port() -> AsyncIterator[int]:
    app = FastAPI()

    @app.api_route("/size", methods=["GET", "POST"])
    async def size(request: Request) -> int:
        return len(await request.body())

    @app.get("/large")
    async def large() -> Response:
        return Response(b"x" * (8 << 20))

    async with serving(app) as client:
        yield int(client.url.rpartition(":")[2])


@pytest.fixture
def hurried(monkeypatch):
    monkeypatch.setattr(bounds, "HEAD_SECONDS", 0.3)
    monkeypatch.setattr(bounds, "WINDOW", 0.2)


@asynccontextmanager
async def connected(port):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield reader, writer
    finally:
        writer.transport.abort()


async def answer(reader) -> tuple[int, bytes]:
    """Status and body of one answer."""
    async with asyncio.timeout(10):
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(
            int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")
        )
        return int(head.split()[1]), await reader.readexactly(length)


async def refusal(reader) -> tuple[int, str]:
    """Status and code of a problem after which the connection ends."""
    status, body = await answer(reader)
    async with asyncio.timeout(10):
        assert await reader.read() == b""
    return status, json.loads(body)["code"]


def many(count: int, size: int = 3) -> bytes:
    return b"".join(b"x-%d: %s\r\n" % (number, b"v" * size) for number in range(count))


@pytest.mark.parametrize(
    "head",
    [
        GET + many(1, bounds.MAX_HEAD),
        GET + many(bounds.MAX_FIELDS + 1),
        GET + many(40, 1000),
        b"GET /size?" + b"q" * bounds.MAX_HEAD + b" HTTP/1.1\r\nhost: x\r\n",
    ],
    ids=["one", "fields", "several", "address"],
)
async def test_a_head_that_is_too_large_is_refused(port, head):
    async with connected(port) as (reader, writer):
        writer.write(head + b"\r\n")
        assert await refusal(reader) == (431, "headers-too-large")


async def test_a_head_just_within_the_bounds_is_taken(port):
    async with connected(port) as (reader, writer):
        for head in (GET + many(90, 300), GET + many(1, bounds.MAX_HEAD - 100)):
            writer.write(head + b"\r\n")
            assert await answer(reader) == (200, b"0")


@pytest.mark.parametrize("piece", [b"v" * 65536, b"a: b\r\n" * 10_000, b"a"])
async def test_headers_without_an_end_are_never_stored(port, piece):
    async with connected(port) as (reader, writer):
        writer.write(GET + b"x-endless: ")
        for _ in range((2 << 20) // len(piece) if len(piece) > 1 else bounds.MAX_HEAD + 2):
            writer.write(piece)
        assert await refusal(reader) == (431, "headers-too-large")


async def test_trailers_without_an_end_are_never_stored(port):
    async with connected(port) as (reader, writer):
        writer.write(b"POST /size HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n")
        writer.write(b"x-trailer: " + b"v" * (1 << 20))
        assert await refusal(reader) == (431, "headers-too-large")


async def test_a_half_sent_head_ends(port, hurried):
    async with connected(port) as (reader, writer):
        writer.write(GET)
        assert await refusal(reader) == (408, "request-too-slow")


async def test_a_half_sent_second_head_ends(port, hurried):
    async with connected(port) as (reader, writer):
        writer.write(GET + b"\r\n")
        assert await answer(reader) == (200, b"0")
        writer.write(GET)
        assert await refusal(reader) == (408, "request-too-slow")


async def test_a_connection_that_says_nothing_ends(port, hurried):
    async with connected(port) as (reader, _):
        async with asyncio.timeout(10):
            assert await reader.read() == b""


async def test_what_is_no_http_is_a_problem(port):
    async with connected(port) as (reader, writer):
        writer.write(b"nonsense\r\n\r\n")
        assert await refusal(reader) == (400, "request-malformed")


@pytest.mark.parametrize("sent", [0, 10])
async def test_a_body_that_stands_still_ends(port, hurried, sent):
    async with connected(port) as (reader, writer):
        writer.write(POST % 100 + b"x" * sent)
        assert await refusal(reader) == (408, "request-too-slow")


async def test_a_poor_line_is_waited_for(port, hurried, monkeypatch):
    monkeypatch.setattr(bounds, "PACE", 10)
    async with connected(port) as (reader, writer):
        writer.write(POST % 40)
        for _ in range(40):
            writer.write(b"x")
            await asyncio.sleep(0.03)  # the line's pace: longer than the windows together
        assert await answer(reader) == (200, b"40")


async def test_requests_in_a_row_and_at_once_are_answered(port, hurried):
    async with connected(port) as (reader, writer):
        writer.write(POST % 3 + b"abc" + GET + b"\r\n" + POST % 200_000 + b"x" * 200_000)
        assert [await answer(reader) for _ in range(3)] == [(200, b"3"), (200, b"0"), (200, b"200000")]
        await asyncio.sleep(0.5)  # rest, longer than a head and a body may stand still
        writer.write(GET + b"\r\n")
        assert await answer(reader) == (200, b"0")


async def test_an_answer_that_nobody_reads_ends(port, hurried):
    _, writer = await asyncio.open_connection("127.0.0.1", port, limit=1024)
    writer.write(b"GET /large HTTP/1.1\r\nhost: x\r\n\r\n")
    with pytest.raises(ConnectionError):
        await _writing(writer)
    writer.close()


async def _writing(writer) -> None:
    """Write, a little now and then, until the other end is gone."""
    async with asyncio.timeout(10):
        while True:
            writer.write(b"\r\n")
            await writer.drain()
            await asyncio.sleep(0.05)


async def test_of_too_many_connections_at_rest_the_first_ends(port, monkeypatch):
    monkeypatch.setattr(bounds, "MAX_RESTING", len(BoundedProtocol.resting) + 2)
    async with connected(port) as (first, writer), connected(port), connected(port) as (last, asking):
        writer.write(GET + b"\r\n")
        asking.write(GET + b"\r\n")
        async with asyncio.timeout(10):
            await first.read()
        assert await answer(last) == (200, b"0")
