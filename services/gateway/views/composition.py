"""Views put together from several services: asked at once, each part with its own deadline."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import orjson

from services.gateway.http_client.response_parser import Raw
from services.gateway.http_client.upstream import Upstream
from shared.errors import Problem

log = logging.getLogger("steward.gateway")

DEADLINE = 0.8  # seconds for each part of a view
REFUSALS = frozenset({401, 403, 404, 422})


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a view: what it is called, who has it and where. The `owner` part decides on access."""

    name: str
    service: str
    target: str
    owner: bool = False


@dataclass(frozen=True, slots=True)
class Fetched:
    """A part's answer: its JSON as bytes, or the reason why it is missing (`reason` is then set).

    `status` is the service's, 0 when it did not answer.
    """

    part: Part
    status: int
    body: bytes
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Refused(Exception):
    """The owner of the view refused it: its own problem is the answer."""

    status: int
    body: bytes


async def fetch(
    upstream: Upstream, part: Part, headers: Raw, deadline: float, question: bytes | None = None
) -> Fetched:
    """One part, by GET, or by POST where a `question` (JSON) goes with it.

    Whatever goes wrong becomes the reason why it is missing.
    """
    method = "GET" if question is None else "POST"
    if question is not None:
        headers = [*headers, (b"content-type", b"application/json")]
    try:
        async with (
            asyncio.timeout(deadline),
            upstream.call(part.service, method, part.target.encode(), headers, question) as response,
        ):
            body = await response.read()
    except TimeoutError:
        return Fetched(part, 0, b"", "service-late")
    except Problem as problem:
        return Fetched(part, 0, b"", problem.code)
    if response.status == 200:
        return Fetched(part, 200, body)
    return Fetched(part, response.status, body, _code(body) or f"status-{response.status}")


async def compose(
    upstream: Upstream,
    parts: Sequence[Part],
    headers: Raw,
    known: Mapping[str, str] | None = None,
    deadline: float = DEADLINE,
) -> bytes:
    """The view as JSON: what is `known`, one member a part, null where it is missing, and `missing`.

    Raises Refused when the owner part does not exist for this caller.
    """
    found = await asyncio.gather(*(fetch(upstream, part, headers, deadline) for part in parts))
    for item in found:
        if item.part.owner and item.status in REFUSALS:
            raise Refused(item.status, item.body)
    missing = [{"part": item.part.name, "reason": item.reason} for item in found if item.reason]
    if missing:
        log.warning("a view lacks %s", ", ".join(f"{item['part']} ({item['reason']})" for item in missing))
    members = {item.part.name: None if item.reason else orjson.Fragment(item.body) for item in found}
    return orjson.dumps({**(known or {}), **members, "missing": missing})


def _code(body: bytes) -> str | None:
    """The code of a problem, None where the body is none."""
    try:
        problem = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    code = problem.get("code") if isinstance(problem, dict) else None
    return code if isinstance(code, str) else None
