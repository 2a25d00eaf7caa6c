"""FastStream as the host of consumers, against a bare loop over nats-py that applies the same batches."""

import asyncio
import contextlib
import gc
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from uuid import uuid4

import asyncpg
import nats
import uvloop
from nats.aio.client import Client
from nats.js import JetStreamContext

from deploy import database as databases
from deploy.broker.provision import provision_durables
from deploy.broker.server_settings import ADMIN
from deploy.data_folder.settings import LocalSettings
from shared.database.engine import Database, raw
from shared.events import envelope
from shared.events.assessment import CycleOpened
from shared.messaging.batches import Consumer
from shared.messaging.pulling import BATCH, REST_SECONDS
from shared.messaging.subscriber import FETCH_SECONDS, Subscribers
from shared.messaging.subscriptions import Batch, Durable, Session, Subscription
from shared.settings import Settings
from shared.tasks import end
from tests.bench.place import Place
from tests.bench.report import Figure, middle, percentile
from tests.servers import wait_for

INSTANCE = LocalSettings.model_fields["instance"].default
SUBJECT = CycleOpened.subject(INSTANCE)  # nobody else reads it
OPENED = CycleOpened(
    cycle_id="c", unit_code="N", role_codes=["leader"] * 20, framework_code="steward-core", framework_version=1,
    starts_on=date(2026, 1, 1), ends_on=date(2026, 2, 1),
)  # fmt: skip
DURABLES = 8
A_SECOND = 100  # events while it is quiet
ROUNDS = 6  # short ones in turn, since the machine may be busy with something else meanwhile
_TABLES = """
create table inbox (consumer text, event_id uuid, received_at timestamptz default now(),
    primary key (consumer, event_id));
create table poison (consumer text, event_id uuid, failures int, reason text, failed_at timestamptz default now(),
    buried_at timestamptz, primary key (consumer, event_id));
create table total (consumer text primary key, events bigint not null)
"""
_COUNT = """
insert into total values ($1, $2) on conflict (consumer) do update set events = total.events + excluded.events
"""


@dataclass
class Run:
    """What the eight consumers of one run were given: when they had each event, by its id."""

    database: Database
    client: Client
    name: str
    heard: list[dict[str, float]] = field(default_factory=lambda: [{} for _ in range(DURABLES)])
    doubled: int = 0

    def subscriptions(self) -> list[Subscription]:
        return [
            Subscription(CycleOpened, f"bench-{n}-{self.name}", batch=self._taking(n))
            for n in range(DURABLES)
        ]

    def _taking(self, number: int) -> Callable[..., Awaitable[None]]:
        heard = self.heard[number]

        async def take(session: Session, events: Batch[CycleOpened]) -> None:
            await (await raw(session)).execute(_COUNT, f"{self.name}-{number}", len(events))
            now = time.perf_counter()
            self.doubled += sum(str(event.id) in heard for event in events)
            heard.update((str(event.id), now) for event in events)

        return take

    def have(self, count: int) -> bool:
        return all(len(heard) >= count for heard in self.heard)


@asynccontextmanager
async def hosted(run: Run) -> AsyncIterator[None]:
    """FastStream, as the services run it."""
    subscribers = Subscribers("bench", INSTANCE, run.subscriptions(), run.database, run.client)
    await subscribers.start()
    yield
    await subscribers.stop()


@asynccontextmanager
async def looped(run: Run) -> AsyncIterator[None]:
    """The loop that the services ran before."""
    tasks = [asyncio.create_task(_loop(run, subscription)) for subscription in run.subscriptions()]
    yield
    await end(tasks)


async def _loop(run: Run, subscription: Subscription) -> None:
    jetstream = run.client.jetstream()
    consumer = Consumer("bench", subscription, run.database, jetstream)
    pull = await jetstream.pull_subscribe_bind(durable=subscription.durable, stream=subscription.stream)
    assert subscription.batch is not None
    while True:
        with contextlib.suppress(TimeoutError):
            messages = await pull.fetch(1, timeout=FETCH_SECONDS)
            if pending := min(messages[0].metadata.num_pending or 0, BATCH - 1):
                with contextlib.suppress(TimeoutError):
                    messages += await pull.fetch(pending, timeout=REST_SECONDS)
            await consumer.process(messages, subscription.batch)


Way = Callable[[Run], contextlib.AbstractAsyncContextManager[None]]


async def measure(place: Place) -> list[Figure]:
    """Consumers hosted by FastStream and the bare loop before it, in turn."""
    return await asyncio.to_thread(uvloop.run, _measure(place))  # on the loop that services run on


async def _measure(place: Place) -> list[Figure]:
    count = place.size(3_000, 500)
    quiet: dict[str, list[float]] = {"hosted": [], "looped": []}
    backlog: dict[str, list[float]] = {"hosted": [], "looped": []}
    tails, wrong = list[float](), [0, 0]
    ways: dict[str, Way] = {"hosted": hosted, "looped": looped}
    async with _ready(place) as (database, client):
        for number in range(place.size(ROUNDS, 1)):
            for name in sorted(ways, reverse=bool(number % 2)):
                gc.collect()
                waits, lost = await _quietly(ways[name], database, client, place.size(200, 50))
                quiet[name].append(middle(waits))
                rate, more, doubled = await _backlog(ways[name], database, client, count)
                backlog[name].append(rate)
                if name == "hosted":
                    tails.append(percentile(waits, 0.99))
                    wrong = [wrong[0] + lost + more, wrong[1] + doubled]
    slower = middle([ours / theirs for ours, theirs in zip(quiet["hosted"], quiet["looped"], strict=True)])
    share = middle([ours / theirs for ours, theirs in zip(backlog["hosted"], backlog["looped"], strict=True)])
    both = f"{middle(quiet['hosted']):.1f} and {middle(quiet['looped']):.1f} ms, p99 {middle(tails):.1f}"
    rates = f"{middle(backlog['hosted']):.0f} and {middle(backlog['looped']):.0f} events/s of 8 durables"
    return [
        Figure("FastStream: quiet p50, times a bare loop's", slower, "", 1.5, at_most=True, detail=both),
        Figure("FastStream: backlog, share of a bare loop's", share, "", 0.9, detail=rates),
        Figure("FastStream: events lost and doubled", sum(wrong), "", 0, at_most=True, detail=f"{wrong}"),
    ]


@asynccontextmanager
async def _ready(place: Place) -> AsyncIterator[tuple[Database, Client]]:
    """A database for inboxes, a connection, and no other service at work meanwhile."""
    for service in place.stack.services.values():
        await asyncio.to_thread(service.stop)
    server = place.stack.postgres.url()
    await databases.create_database(server, "hosting")
    url = f"{server.rpartition('/')[0]}/hosting"
    connection = await asyncpg.connect(url)
    await connection.execute(_TABLES)
    await connection.close()
    database = Database(Settings(service="bench", database_url=url, database_pool=DURABLES))
    client = await nats.connect(place.stack.nats.url, user=ADMIN, password=place.stack.secrets[ADMIN])
    try:
        yield database, client
    finally:
        await client.close()
        await database.close()
        for service in place.stack.services.values():
            await asyncio.to_thread(service.start)


async def _quietly(way: Way, database: Database, client: Client, count: int) -> tuple[list[float], int]:
    """Milliseconds from an event's publishing to each handler that has it; how many handlers had not."""
    run, jetstream = await _fresh(database, client)
    sent: dict[str, float] = {}
    async with way(run):
        await _publish(jetstream, str(uuid4()))  # the first one builds what later ones find
        await wait_for(lambda: run.have(1))
        begun = time.perf_counter()
        for number in range(count):
            await asyncio.sleep(max(0.0, begun + number / A_SECOND - time.perf_counter()))
            event_id = str(uuid4())
            sent[event_id] = time.perf_counter()
            await _publish(jetstream, event_id)
        await wait_for(lambda: run.have(count + 1), timeout=30)
    waits = [1000 * (at - sent[one]) for heard in run.heard for one, at in heard.items() if one in sent]
    return waits, count * DURABLES - len(waits)


async def _backlog(way: Way, database: Database, client: Client, count: int) -> tuple[float, int, int]:
    """Events a second, all durables together; how many were lost, and how many came twice."""
    run, jetstream = await _fresh(database, client)
    for _ in range(count // 100):
        await asyncio.gather(*(_publish(jetstream, str(uuid4())) for _ in range(100)))
    async with way(run):
        await wait_for(lambda: run.have(count), timeout=120, every=0.005)
    times = [at for heard in run.heard for at in heard.values()]
    rate = (len(times) - BATCH) / (max(times) - min(times))  # the first batch marks the start
    return rate, count * DURABLES - sum(map(len, run.heard)), run.doubled


async def _fresh(database: Database, client: Client) -> tuple[Run, JetStreamContext]:
    """Durables of a new run, at the beginning of a stream that is empty."""
    run, jetstream = Run(database, client, uuid4().hex[:8]), client.jetstream()
    await jetstream.purge_stream("LOCAL", subject=SUBJECT)
    await provision_durables(
        jetstream, [Durable("LOCAL", item.durable, SUBJECT) for item in run.subscriptions()]
    )
    return run, jetstream


async def _publish(jetstream: JetStreamContext, event_id: str) -> None:
    now = datetime.now(UTC)
    event = envelope.Envelope(
        id=event_id, source=f"/steward/{INSTANCE}/assessment", type=CycleOpened.type(), subject="x", time=now,
        data=OPENED, instance=INSTANCE, aggregateversion=1,
    )  # fmt: skip
    await jetstream.publish(SUBJECT, envelope.encode(event), headers={"Nats-Msg-Id": event_id})
