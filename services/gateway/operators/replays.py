"""Dead letters applied again by the services that gave them up: one, or all of one cause."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import quote

import msgspec
import orjson

from services.gateway.http_client.response_parser import Raw
from services.gateway.http_client.upstream import Response, Upstream, away
from services.gateway.operators import letter_states
from services.gateway.operators.dead_letters import DeadLetters, Letter
from shared.auth import signatures

MOST = 100  # letters of one call, which takes about a second then


class Replays(msgspec.Struct):
    """How many were applied, failed again, or were none to apply; where to go on, None at the end."""

    applied: int = 0
    failed: int = 0
    skipped: int = 0
    next: int | None = None


@asynccontextmanager
async def replaying(
    upstream: Upstream, headers: Raw, pepper: str, letter: Letter, event: bytes
) -> AsyncIterator[Response]:
    """What its service answers to a replay of `letter`. Raises what `Upstream.call` does."""
    sealed = (signatures.HEADER.encode(), signatures.seal(pepper, letter.consumer, event).encode())
    kind = (b"content-type", b"application/cloudevents+json")
    target = f"/internal/dead-letters/{quote(letter.consumer, safe='')}/replay".encode()
    async with upstream.call(letter.service, "POST", target, [*headers, kind, sealed], event) as response:
        yield response


async def replay_alike(
    letters: DeadLetters, upstream: Upstream, headers: Raw, pepper: str, cause: str, after: int
) -> Replays:
    """Replay at most `MOST` letters of one cause after sequence `after`, oldest first.

    Raises Unavailable `service-away` where their service or its database is: those before it are applied.
    """
    page, more = await letters.page(after, MOST, cause)
    done = Replays(next=more)
    states = await letter_states.states(upstream, headers, [letter for letter, _ in page])
    for (letter, event), known in zip(page, states, strict=True):
        if known["state"] is None and letter.key is not None:
            raise away(letter.service)
        if known["state"] != "waiting":
            done.skipped += 1
            continue
        async with replaying(upstream, headers, pepper, letter, event) as response:
            status, body = response.status, await response.read()
        if status >= 500:
            raise away(letter.service)
        if status != 200:
            done.failed += 1
        elif orjson.loads(body)["applied"]:
            done.applied += 1
        else:
            done.skipped += 1
    return done
