"""A national figure leads to the region's trace: over outbox, relay, link and consumer."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.trace import SpanContext, TraceFlags

from deploy.broker.provision import provision_durables
from shared.database.engine import Database
from shared.database.tables import service_metadata
from shared.events.evaluation import IndicatorComputed, IndicatorValue
from shared.federation import epochs, regional_figures, regional_tables
from shared.federation.regional_figures import Figure
from shared.messaging import outbox
from shared.messaging.relay import Relay
from shared.messaging.subscriber import Subscribers
from shared.messaging.subscriptions import Batch, Consumers, Session
from shared.settings import Settings
from tests.federation.links import Place, federation
from tests.servers import Databases, wait_for
from tests.shared.conftest import fresh_database

METADATA = service_metadata()
epochs.tables(METADATA)
regional_tables.tables(METADATA)
CAUSE = SpanContext(0x4BF92F3577B34DA6A3CE929D0E0E4736, 0x00F067AA0BA902B7, True, TraceFlags(1))
KIND = "indicator"
FIGURES = "select region, trace_id, figures, epoch from national_figure where kind = $1"

consumers = Consumers("evaluation")


@consumers.national(IndicatorComputed)
async def indicators(session: Session, events: Batch[IndicatorComputed]) -> None:
    """As the hub's services keep what came."""
    taken = [
        (event, [Figure(one.unit_code, one.period, one.indicator, one.version, [one.numerator or 0])])
        for event in events
        for one in event.data.items
    ]
    await regional_figures.take(session, KIND, taken)


@pytest.fixture(scope="module")
async def opened(databases: Databases) -> AsyncIterator[tuple[Database, Database]]:
    """A hub's database and a region's."""
    urls = [await fresh_database(databases, METADATA) for _ in range(2)]
    settings = [Settings(service="evaluation", database_url=url) for url in urls]
    hub, north = (Database(one) for one in settings)
    yield hub, north
    await hub.close()
    await north.close()


@asynccontextmanager
async def working(hub: Place, north: Place, kept: Database, own: Database) -> AsyncIterator[None]:
    """The region's relay and the hub's consumer at work."""
    durables = consumers.durables("hub", hub=True)
    await provision_durables(hub.admin, durables)
    relay = Relay(own, await north.client("evaluation"), "evaluation")
    client = await hub.client("evaluation")
    subscribers = Subscribers("evaluation", "hub", consumers.running(hub=True), kept, client)
    await subscribers.start()
    relaying = asyncio.create_task(relay.run())
    try:
        yield
    finally:
        relaying.cancel()
        await subscribers.stop()
        await asyncio.gather(relaying, return_exceptions=True)


async def test_a_trace_crosses_the_link(
    opened: tuple[Database, Database], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "_instance", "north")
    monkeypatch.setattr(outbox, "_epoch", 3)
    kept, own = opened
    value = IndicatorValue(
        indicator="OP-01", unit_code="N", period="2026Q3", version=1, numerator=7, denominator=8,
        as_of=date(2026, 9, 30),
    )  # fmt: skip
    async with federation(tmp_path, "north") as (hub, (north,)), working(hub, north, kept, own):
        async with own.session() as session:
            event = IndicatorComputed(items=[value])
            await outbox.add(session, event, aggregate_id="N", version=1, cause=CAUSE)
        await wait_for(hub.reached("NATIONAL", 1), 60)
        (row,) = await wait_for(partial(rows, kept), 10)
        assert (row["region"], row["figures"], row["epoch"]) == ("north", [7], 3)
        assert row["trace_id"] == f"{CAUSE.trace_id:032x}"


async def rows(kept: Database) -> list[Any]:
    async with kept.transaction() as connection:
        return list(await connection.fetch(FIGURES, KIND))
