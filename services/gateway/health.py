"""Alive and ready, for everybody; metrics, on a port for operators."""

import asyncio

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.datastructures import State
from starlette.routing import Route

from services.gateway.events import metrics as event_metrics
from services.gateway.federation import metrics as measuring
from services.gateway.forwarding.routes import SERVICES
from services.gateway.http_client.upstream import Upstream
from services.gateway.views.composition import Part, fetch

router = APIRouter(include_in_schema=False)

DEADLINE = 0.5


@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """The process runs."""
    return {"status": "ok"}


@router.get("/readyz")
async def readyz(request: Request) -> dict[str, str]:
    """Ready as soon as it runs: what can be had without a missing service is still answered.

    A region without its hub works on, degraded: its figures do not go up, the hub's publications do not come.
    """
    upstream: Upstream = request.app.state.upstream
    parts = [Part(service, service, "/healthz") for service in SERVICES]
    found = await asyncio.gather(*(fetch(upstream, part, [], DEADLINE) for part in parts))
    states = {item.part.name: item.reason or "ok" for item in found}
    if request.app.state.settings.federation == "region":
        states["link"] = request.app.state.link_watch.state or "unknown"
    return {"status": "ok" if set(states.values()) == {"ok"} else "degraded", **states}


async def metrics(request: Request) -> Response:
    """Prometheus text of this process, with what links, feed and webhooks are like now."""
    state = request.app.state
    await measuring.measure(state.broker, state.upstream, state.settings)
    await event_metrics.measure(state.broker, state.subscriptions)
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


def for_operators(state: State) -> Starlette:
    """What a port of its own answers: clients outside, who reach the gateway, must not read its metrics."""
    app = Starlette(routes=[Route("/metrics", metrics)])
    app.state = state
    return app
