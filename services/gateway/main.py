"""Composition of the gateway: `python -m shared.serve gateway`."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

from fastapi import FastAPI
from starlette.routing import Route

from services.gateway import timers
from services.gateway.api import development, documents, federation, health, operators, views
from services.gateway.forwarding import Addition, Forwarding
from services.gateway.front import METHODS, Gateway, Rest
from services.gateway.queries import rater_subjects
from services.gateway.queries.broker import Broker
from services.gateway.queries.dead_letters import DeadLetters
from services.gateway.queries.documents import Documents
from services.gateway.queries.instance_examples import InstanceExamples
from services.gateway.timers.link_watch import LinkWatch
from services.gateway.upstream import Upstream
from shared import clock, tail_signals, telemetry
from shared.auth.tokens import Tokens
from shared.ending import end
from shared.http import problems
from shared.http.documents import describe
from shared.http.measure import Measured
from shared.listener import listening
from shared.settings import Settings


def create(settings: Settings | None = None) -> Gateway:
    """The ASGI application; without `settings` the environment says them."""
    settings = settings or Settings(service="gateway")
    app = Gateway(
        title="Steward",
        version="1",
        lifespan=_lifespan(settings),
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,  # what a path means is its owner's to say
        telemetry={"metrics": False, "logs": False, "operation_spans": False},
    )
    app.state.settings = settings
    app.state.database = None  # nothing is owned here, so no route opens a transaction
    app.state.tokens = Tokens.from_settings(settings)
    app.state.upstream = Upstream(settings.services)
    app.state.broker = Broker(settings)
    app.state.dead_letters = DeadLetters(app.state.broker)
    app.state.link_watch = LinkWatch(app.state.broker)
    describe(app, "gateway")
    app.state.documents = Documents(
        app.state.upstream,
        app.openapi,
        InstanceExamples(settings.examples_file if settings.mode == "local" else None),
    )
    problems.install(app)
    app.add_middleware(Measured, service="gateway")
    routers = [health.router, documents.router, views.router, operators.router, federation.router]
    if settings.mode == "local":
        routers.append(development.router)
    for router in routers:
        app.include_router(router)
    names = Addition(rater_subjects.concerns, rater_subjects.named)
    forwarding = Forwarding(app.state.tokens, app.state.upstream, names)
    app.forward(forwarding, [route for router in routers for route in router.routes])
    app.router.routes.append(
        Route("/v1/{rest:path}", Rest(app, forwarding), methods=list(METHODS))
    )  # what is left: refused
    return app


def _lifespan(settings: Settings) -> Callable[[FastAPI], contextlib.AbstractAsyncContextManager[None]]:
    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        clock.set_zone(settings.time_zone)
        if settings.mode == "local":
            clock.follow(settings.clock_file)
        await app.state.tokens.start()
        provider = telemetry.start(settings)
        await app.state.upstream.start()
        broker, upstream = app.state.broker, app.state.upstream
        mine = timers.of(broker, upstream, settings, app.state.link_watch)
        works = [*mine, tail_signals.follow(settings, provider)]
        working = [asyncio.create_task(work) for work in works]
        operators = health.for_operators(app.state)
        try:
            async with listening(operators, settings.host, settings.metrics_port) as app.state.metrics_port:
                yield
        finally:
            await end(working)
            await broker.close()
            await app.state.upstream.close()
            await app.state.tokens.close()
            await asyncio.to_thread(provider.force_flush, 3000)

    return lifespan
