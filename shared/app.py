"""Composition of a service: HTTP, database, relay, consumers and timers under one lifespan."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

from fastapi import APIRouter, FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from shared import clock
from shared.audit.recording import Changed
from shared.audit.sealed_batches import sealing
from shared.auth.caller import Caller
from shared.auth.rights import Decision
from shared.auth.tokens import Tokens
from shared.database import failures
from shared.database.engine import Database
from shared.directory import authorization
from shared.erasure import pseudonyms
from shared.health import operations
from shared.http import problems
from shared.http.bodies import Loads
from shared.http.metrics import Measured
from shared.http.openapi import describe
from shared.messaging import outbox, tail_signals
from shared.messaging.broker import Broker
from shared.messaging.dead_letters import dead_letters
from shared.messaging.replays import replays
from shared.messaging.subscriptions import Consumers
from shared.releases import due_dates
from shared.settings import Settings
from shared.suppressed_cells import Count
from shared.tasks import end
from shared.telemetry import metrics
from shared.telemetry import provider as telemetry
from shared.timers import Timer, Timers

log = logging.getLogger("steward")
Startup = Callable[[Database], Awaitable[None]]
Lifespan = Callable[[FastAPI], contextlib.AbstractAsyncContextManager[None]]
Measure = Callable[[AsyncSession], Awaitable[None]]
AskAgain = Callable[[AsyncSession, Caller, Decision], Awaitable[None]]


def build(
    service: str,
    *,
    routers: Sequence[APIRouter],
    consumers: Consumers | None = None,
    timers: Timers | None = None,
    startup: Sequence[Startup] = (),
    suppressed: Count | None = None,
    measured: Measure | None = None,
    ask_again: AskAgain = authorization.ask_again,
    keeps_individuals: bool = False,
    changed_people: Changed | None = None,
    settings: Settings | None = None,
) -> FastAPI:
    """The ASGI application of one service.

    `startup` runs once the database answers, before the first request: each must be safe to
    repeat and to run in several replicas at once. `suppressed` counts published cells of which a figure is
    withheld since. `measured` sets gauges of the service's own each time that metrics are read, so that every
    replica shows the same.
    `ask_again` makes a decision about access once more, before a stored answer is given again.
    A service that `keeps_individuals` seals its audit; `changed_people` tells the audit whom a load changed.
    """
    settings = settings or Settings(service=service)  # the environment says the rest
    database = Database(settings)
    consumers = consumers or Consumers(service)
    broker = Broker(settings, database, consumers)
    further = (sealing(settings),) if keeps_individuals else ()
    timed = (timers or Timers(service), *further)
    app = _application(service, _lifespan(settings, database, broker, timed, startup))
    app.state.settings, app.state.database, app.state.broker = settings, database, broker
    app.state.loads = Loads(max(1, settings.database_pool // 4))
    app.state.tokens = Tokens.from_settings(settings)
    app.state.suppressed, app.state.measured = suppressed, measured
    app.state.ask_again = ask_again
    app.state.changed_people = changed_people
    problems.install(app)
    app.add_middleware(Measured, service=service)
    for router in (*routers, operations, replays, dead_letters):  # tried in this order at every request
        app.include_router(router)
    describe(app, service)
    read = consumers.running(hub=settings.federation == "hub")
    metrics.begin(service, [subscription.durable for subscription in read])
    return app


def _application(service: str, lifespan: Lifespan) -> FastAPI:
    return FastAPI(
        title=f"Steward {service}",
        version="1",
        lifespan=lifespan,
        openapi_url="/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,  # it would lead to whatever host the request names
        separate_input_output_schemas=False,
        telemetry={"metrics": False, "logs": False, "operation_spans": False},
    )


def _lifespan(
    settings: Settings,
    database: Database,
    broker: Broker,
    timed: tuple[Timers, *tuple[Timer, ...]],
    startup: Sequence[Startup],
) -> Lifespan:
    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        clock.set_zone(settings.time_zone)
        due_dates.follow(settings)
        if settings.mode == "local":
            clock.follow(settings.clock_file)
        timers, *further = timed
        below_hub = settings.federation == "region"
        pseudonyms.use(settings.subject_pepper)
        outbox.speak_as(settings.instance, settings.epoch, below_hub=below_hub)
        await app.state.tokens.start()
        provider = telemetry.start(settings)
        for step in startup:
            await _when_answering(database, step)
        work = (broker.run(), timers.run(database, *further), tail_signals.follow(settings, provider))
        tasks = [asyncio.create_task(each) for each in work]
        try:
            yield
        finally:
            # Before anything is cancelled: what is half applied would wait 30 s to come again.
            await broker.finish()
            await end(tasks)
            await broker.close()
            await app.state.tokens.close()
            await database.close()
            await asyncio.to_thread(provider.force_flush, 3000)

    return lifespan


async def _when_answering(database: Database, step: Startup) -> None:
    """Run a start-up step, waiting as long as the database is away: restart order never matters."""
    while True:
        try:
            return await step(database)
        except Exception as error:
            if not failures.lost_database(error):
                raise
            log.warning("start-up waits for the database (%s)", type(error).__name__)
        await asyncio.sleep(0.5)
