"""Composition of the gateway: `python -m shared.server gateway`."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

from fastapi import FastAPI
from starlette.routing import Route

from services.gateway import health, timers
from services.gateway.archive import api as archive
from services.gateway.authorization_server import api as authorization_server
from services.gateway.broker import Broker
from services.gateway.broker_readers import api as broker_readers
from services.gateway.development import api as development
from services.gateway.events import wiring as event_wiring
from services.gateway.events.api import all_webhooks, webhooks
from services.gateway.events.api import feed as event_feed
from services.gateway.federation import api as federation
from services.gateway.federation.link_watch import LinkWatch
from services.gateway.forwarding.client_limits import ClientLimits, Limited
from services.gateway.forwarding.dispatcher import METHODS, Gateway, Rest
from services.gateway.forwarding.forwarder import Addition, Forwarding
from services.gateway.http_client.upstream import Upstream
from services.gateway.openapi import api as documents
from services.gateway.openapi.documents import Documents
from services.gateway.openapi.instance_examples import InstanceExamples
from services.gateway.operators import api as operators
from services.gateway.operators.dead_letters import DeadLetters
from services.gateway.views import api as views
from services.gateway.views import rater_subjects
from shared import clock
from shared.auth.tokens import Tokens
from shared.http import problems
from shared.http.listener import listening
from shared.http.metrics import Measured
from shared.http.openapi import describe
from shared.messaging import tail_signals
from shared.settings import Settings
from shared.tasks import end
from shared.telemetry import provider as telemetry

MODULES = [
    health,
    documents,
    archive,
    authorization_server,
    views,
    event_feed,
    webhooks,
    all_webhooks,
    broker_readers,
    operators,
    federation,
]
NAMES = Addition(rater_subjects.concerns, rater_subjects.named)


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
    event_wiring.install(app.state, settings)
    app.state.link_watch = LinkWatch(app.state.broker)
    describe(app, "gateway")
    app.state.documents = Documents(
        app.state.upstream,
        app.openapi,
        InstanceExamples(settings.examples_file if settings.mode == "local" else None),
    )
    problems.install(app)
    limits = ClientLimits(settings.client_requests_per_minute)
    app.add_middleware(Limited, tokens=app.state.tokens, limits=limits)
    app.add_middleware(Measured, service="gateway")
    modules = [*MODULES, development] if settings.mode == "local" else MODULES
    routers = [module.router for module in modules]
    for router in routers:
        app.include_router(router)
    forwarding = Forwarding(app.state.tokens, limits, app.state.upstream, NAMES)
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
        works = [*mine, *event_wiring.works(app.state), tail_signals.follow(settings, provider)]
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
