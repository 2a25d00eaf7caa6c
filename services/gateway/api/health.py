"""Alive, ready, metrics."""

import asyncio

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from services.gateway.owners import SERVICES
from services.gateway.queries import measuring
from services.gateway.queries.composition import Part, fetch
from services.gateway.upstream import Upstream

router = APIRouter(include_in_schema=False)

DEADLINE = 0.5


@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """The process runs."""
    return {"status": "ok"}


@router.get("/readyz")
async def readyz(request: Request) -> dict[str, str]:
    """Ready as soon as it runs: what can be had without a missing service is still answered."""
    upstream: Upstream = request.app.state.upstream
    parts = [Part(service, service, "/healthz") for service in SERVICES]
    found = await asyncio.gather(*(fetch(upstream, part, [], DEADLINE) for part in parts))
    states = {item.part.name: item.reason or "ok" for item in found}
    return {"status": "ok" if set(states.values()) == {"ok"} else "degraded", **states}


@router.get("/metrics")
async def metrics(request: Request) -> Response:
    """Prometheus text of this process, with what a federation's links are like now."""
    state = request.app.state
    await measuring.measure(state.broker, state.upstream, state.settings)
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
