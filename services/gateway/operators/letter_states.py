"""What became of dead letters, and what the broker refused: the services have it on record."""

import asyncio
from collections.abc import Sequence
from typing import Any

import orjson

from services.gateway.forwarding.routes import SERVICES
from services.gateway.http_client.response_parser import Raw
from services.gateway.http_client.upstream import Upstream
from services.gateway.operators.dead_letters import Letter
from services.gateway.views.composition import Part, fetch

DEADLINE = 3.0
_Key = tuple[str, str]  # durable consumer, event id


async def states(upstream: Upstream, headers: Raw, letters: Sequence[Letter]) -> list[dict[str, Any]]:
    """`state`, `dropped` and `replayed` of each letter, all null where its service does not answer."""
    services = sorted({letter.service for letter in letters if letter.key} & set(SERVICES))
    known = await asyncio.gather(*(_of(service, upstream, headers, letters) for service in services))
    by_service = dict(zip(services, known, strict=True))
    return [_state(letter, by_service.get(letter.service)) for letter in letters]


async def refused(upstream: Upstream, headers: Raw) -> dict[str, Any]:
    """Events that the broker refused, over the services that answered, and who is missing."""
    parts = [Part(service, service, "/internal/refused-events") for service in SERVICES]
    found = await asyncio.gather(*(fetch(upstream, part, headers, DEADLINE) for part in parts))
    return {
        "items": [
            {"service": item.part.name, **event}
            for item in found
            if item.reason is None
            for event in orjson.loads(item.body)
        ],
        "missing": [{"part": item.part.name, "reason": item.reason} for item in found if item.reason],
    }


async def _of(
    service: str, upstream: Upstream, headers: Raw, letters: Sequence[Letter]
) -> dict[_Key, Any] | None:
    """What `service` has on record of those letters that are its own; None when it does not answer."""
    own = [
        (letter.consumer, str(letter.key)) for letter in letters if letter.service == service and letter.key
    ]
    part = Part(service, service, "/internal/dead-letters/states")
    found = await fetch(upstream, part, headers, DEADLINE, orjson.dumps({"letters": own}))
    if found.reason is not None:
        return None
    return {(item["consumer"], item["event_id"]): item for item in orjson.loads(found.body)}


def _state(letter: Letter, known: dict[_Key, Any] | None) -> dict[str, Any]:
    if known is None or letter.key is None:
        return {"state": None, "dropped": None, "replayed": None}
    found = known.get((letter.consumer, str(letter.key)))
    if found is None:
        return {"state": "applied", "dropped": None, "replayed": None}
    state = "applied" if found["applied"] else "dropped" if found["dropped"] else "waiting"
    return {"state": state, "dropped": found["dropped"], "replayed": found["replayed"]}
