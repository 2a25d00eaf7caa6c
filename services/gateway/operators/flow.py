"""How far events have flowed, over all services."""

import asyncio
from typing import Any

import orjson

from services.gateway.forwarding.routes import SERVICES
from services.gateway.http_client.response_parser import Raw
from services.gateway.http_client.upstream import Upstream
from services.gateway.views.composition import Fetched, Part, fetch

DEADLINE = 3.0
COUNTED = (
    "events_published",
    "events_waiting",
    "events_consumed",
    "events_failing",
    "dead_letters",
    "dead_letters_dropped",
    "backlog",
)


async def flow(upstream: Upstream, headers: Raw) -> dict[str, Any]:
    """Sums over the services that answered, each service's own counts, and who is missing.

    `backlog` is what waits in outboxes and at consumers: 0 means that every event has been applied or
    is a dead letter, null that a service is missing.
    """
    parts = [Part(service, service, "/internal/flow") for service in SERVICES]
    found = await asyncio.gather(*(fetch(upstream, part, headers, DEADLINE) for part in parts))
    counts = {item.part.name: _counts(item) for item in found if item.reason is None}
    missing = [{"part": item.part.name, "reason": item.reason} for item in found if item.reason]
    totals: dict[str, int | None] = {
        name: sum(one.get(name, 0) for one in counts.values()) for name in COUNTED
    }
    if missing:
        totals["backlog"] = None  # what waits at the missing service is not known to be nothing
    return {**totals, "services": counts, "missing": missing}


def _counts(item: Fetched) -> dict[str, Any]:
    counts: dict[str, Any] = orjson.loads(item.body)
    return counts
