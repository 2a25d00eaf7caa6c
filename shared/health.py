"""What operators ask every service: alive, ready, metrics, and how far events have flowed."""

import asyncio
from typing import Any

import asyncpg
import sqlalchemy as sa
from fastapi import APIRouter, Request, Response
from nats.errors import Error as NatsError
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from shared.auth import rights
from shared.database import tables
from shared.database.failures import lost_database
from shared.http.routes import Caller, CommandRoute, Reads
from shared.messaging.subscriptions import Durable
from shared.telemetry.metrics import (
    CELLS_SUPPRESSED,
    CONSUMER_PENDING,
    CONSUMER_REDELIVERED,
    DEAD_LETTERS_WAITING,
    OUTBOX_AGE,
    OUTBOX_DEPTH,
    POOL_LIMIT,
    POOL_USED,
)

operations = APIRouter(include_in_schema=False)
flow = APIRouter(include_in_schema=False, route_class=CommandRoute)

_waiting, _sent = tables.outbox.c.sent_at.is_(None), tables.outbox.c.sent_at.is_not(None)
_age = sa.extract("epoch", sa.func.now() - sa.func.min(tables.outbox.c.created_at).filter(_waiting))
_OUTBOX = sa.select(
    sa.func.count().filter(_waiting).label("waiting"),
    sa.func.count().filter(_sent).label("published"),
    sa.cast(sa.func.coalesce(_age, 0), sa.Float).label("age"),
).select_from(tables.outbox)
_INBOX = sa.select(sa.func.count()).select_from(tables.inbox)
_buried, _dropped = tables.poison.c.buried_at, tables.poison.c.dropped_at
_POISON = sa.select(
    sa.func.count().filter(_buried.is_(None)).label("failing"),
    sa.func.count().filter(_buried.is_not(None), _dropped.is_(None)).label("waiting"),
    sa.func.count(_dropped).label("dropped"),
).select_from(tables.poison)


@operations.get("/healthz")
async def healthz() -> dict[str, str]:
    """The process runs."""
    return {"status": "ok"}


@operations.get("/readyz")
async def readyz(request: Request, response: Response) -> dict[str, str]:
    """Ready for commands when the database answers; without the broker events wait in the outbox."""
    broker = "ok" if request.app.state.broker.connected else "away"
    try:
        await request.app.state.database.answers()
    except Exception as error:
        if not lost_database(error) and not isinstance(error, asyncpg.PostgresError):
            raise
        response.status_code = 503
        return {"status": "unavailable", "database": "away", "broker": broker}
    return {"status": "ok" if broker == "ok" else "degraded", "database": "ok", "broker": broker}


@operations.get("/metrics")
async def metrics(request: Request) -> Response:
    """Prometheus text, gauges read now."""
    service = request.app.state.settings.service
    async with request.app.state.database.reading() as session:
        row = (await session.execute(_OUTBOX)).one()
        letters = (await session.execute(_POISON)).one()
        if suppressed := request.app.state.suppressed:
            CELLS_SUPPRESSED.labels(service).set(await suppressed(session))
        if measured := request.app.state.measured:
            await measured(session)
    OUTBOX_DEPTH.labels(service).set(row.waiting)
    OUTBOX_AGE.labels(service).set(row.age)
    DEAD_LETTERS_WAITING.labels(service).set(letters.waiting)
    for pool, used, limit in request.app.state.database.use():
        POOL_USED.labels(service, pool).set(used)
        POOL_LIMIT.labels(service, pool).set(limit)
    for name, pending, redelivered in await _consumers(request):
        CONSUMER_PENDING.labels(service, name).set(pending)
        CONSUMER_REDELIVERED.labels(service, name).set(redelivered)
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


@flow.get("/internal/flow")
async def flow_counts(request: Request, caller: Caller, session: Reads) -> dict[str, Any]:
    """Counts by id, from the tables themselves, so that they survive restarts. Role ops."""
    rights.require(caller, "operations.run")
    outbox = (await session.execute(_OUTBOX)).one()
    poison = (await session.execute(_POISON)).one()
    consumers = await _consumers(request)
    return {
        "service": request.app.state.settings.service,
        "events_published": outbox.published,
        "events_waiting": outbox.waiting,
        "events_consumed": await session.scalar(_INBOX),
        "events_failing": poison.failing,
        "dead_letters": poison.waiting,
        "dead_letters_dropped": poison.dropped,
        "consumers": {name: pending for name, pending, _ in consumers},
        "backlog": outbox.waiting + sum(pending for _, pending, _ in consumers),
    }


async def _consumers(request: Request) -> list[tuple[str, int, int]]:
    """(durable, events not yet applied, being delivered again) of each consumer; empty without a broker."""
    broker = request.app.state.broker
    if not broker.connected:
        return []
    settings = request.app.state.settings
    durables = broker.consumers.durables(settings.instance, hub=settings.federation == "hub")
    return list(await asyncio.gather(*(_pending(broker.client.jetstream(), item) for item in durables)))


async def _pending(jetstream: Any, durable: Durable) -> tuple[str, int, int]:
    try:
        info = await jetstream.consumer_info(durable.stream, durable.name)
    except (NatsError, TimeoutError):
        return durable.name, 0, 0
    waiting = (info.num_pending or 0) + (info.num_ack_pending or 0)
    return durable.name, waiting, info.num_redelivered or 0


operations.include_router(flow)
