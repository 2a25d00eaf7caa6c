"""What is sent again, when, and how a problem reads."""

import io
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from steward_client import Problem, Retries
from steward_client.bodies import CHUNK, Body
from steward_client.retries import repeatable, seconds


async def sent(body: Body) -> bytes:
    """Everything that one attempt sends."""
    content = body.attempt()
    if content is None or isinstance(content, bytes):
        return content or b""
    return b"".join([chunk async for chunk in content])


def some() -> Iterator[dict[str, Any]]:
    yield {"n": 1}
    yield {"n": 2}


async def some_later() -> AsyncIterator[dict[str, Any]]:
    for each in some():
        yield each


@pytest.mark.parametrize(
    ("content", "again"),
    [
        (None, True),
        (b'{"n":1}\n{"n":2}\n', True),
        (list(some()), True),
        ((each for each in some()), False),
        (some_later(), False),
        (io.BytesIO(b'{"n":1}\n{"n":2}\n'), True),
    ],
    ids=["nothing", "bytes", "list", "generator", "asynchronous", "file"],
)
async def test_bodies_are_sent_again_where_everything_can_be(content: Any, again: bool):
    body = Body(content)
    whole = await sent(body)
    assert whole == (b'{"n":1}\n{"n":2}\n' if content is not None else b"")
    assert body.again is again
    if again:
        assert await sent(body) == whole


async def test_a_file_is_sent_from_where_it_was():
    file = io.BytesIO(b"header\nline\n")
    file.readline()
    body = Body(file)
    assert [await sent(body), await sent(body)] == [b"line\n", b"line\n"]


async def test_lines_go_in_chunks():
    content = Body({"n": number} for number in range(20_000)).attempt()
    sizes = [len(chunk) async for chunk in content]  # type: ignore[union-attr]
    assert len(sizes) == 4
    assert max(sizes) < CHUNK + 100


def test_pauses_double_and_end():
    retries = Retries(patience=10, first=1, longest=4)
    assert 0.75 <= retries.pause(0, 0, None) <= 1
    assert 3 <= retries.pause(9, 0, None) <= 4
    assert 3 <= retries.pause(5000, 0, None) <= 4
    assert retries.pause(0, 3, 6) == 6
    assert retries.pause(0, 5, 6) is None
    assert retries.pause(3, 9.9, None) is None
    assert Retries(longest=1, heed_retry_after=False).pause(9, 0, 20) <= 1


def test_an_unknown_outcome_is_repeated_only_where_that_is_safe():
    assert repeatable(503, safe=False)
    assert repeatable(429, safe=False)
    for code in ("database-away", "broker-away"):  # lost while a change was being committed
        assert repeatable(503, code, safe=True)
        assert not repeatable(503, code, safe=False)
    assert repeatable(502, safe=True)
    assert repeatable(504, safe=True)
    assert not repeatable(502, safe=False)
    assert not any(repeatable(status, safe=True) for status in (400, 401, 403, 404, 409, 412, 422, 500))
    assert (seconds("10"), seconds("soon"), seconds(None)) == (10.0, None, None)


def test_a_problem_reads_what_the_api_answered():
    body = (
        '{"code": "input-invalid", "title": "Invalid input", "detail": "See errors.", "trace_id": "ab", '
        '"errors": [{"pointer": "/name", "code": "missing", "detail": "Send it."}]}'
    )
    problem = Problem("POST", "/v1/units", 422, body)
    assert (problem.code, problem.status, problem.trace_id) == ("input-invalid", 422, "ab")
    assert problem.errors[0]["pointer"] == "/name"
    assert "POST /v1/units: 422" in str(problem)


@pytest.mark.parametrize("body", ["<html>", "", "[]", "null", '"code"'])
def test_what_is_no_problem_has_no_code(body: str):
    assert Problem("GET", "/v1/units", 502, body).code == ""
