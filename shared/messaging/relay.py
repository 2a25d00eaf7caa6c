"""The relay: outbox rows become published events, in order, by one active process per database."""

import asyncio
import contextlib
import logging
from collections.abc import Sequence
from datetime import timedelta

import asyncpg
from nats.aio.client import Client

from shared.database.engine import Connection, Database
from shared.messaging.publisher import Publisher, Row
from shared.messaging.tracing import refusal
from shared.telemetry.logs import place
from shared.telemetry.metrics import EVENTS_PUBLISHED, RELAY_REFUSED

BATCH = 500
BYTES = 2 * 1024 * 1024
PASS = 100  # batches until reading starts again from the first row that waits
POLL_SECONDS = 0.5  # while the broker is away or has not taken everything, and to connect again
# Otherwise a commit wakes it, here or by a notification. By this alone it finds what a replica committed that
# died before it could notify. A look costs about 1 ms of processor time.
HEARTBEAT = 2.0
ACK_SECONDS = 10.0  # a cluster's new leader was 8.2 s without a PubAck
COALESCE_SECONDS = 0.02
LOGGED = 20  # refused events of one batch that get a log line and a span each
LOCK = 0x57454152  # advisory lock of the active relay; each service has a database role of its own
CHANNEL = "outbox"

# Bounded by bytes too: a batch of 500 messages with 500 people each was 37 MB, two of them at a time.
_READ = """
select id, event_id, aggregate_id, subject, payload from (
    select *, sum(octet_length(payload)) over (order by id) - octet_length(payload) as before from (
        select id, event_id, aggregate_id, subject, payload from outbox
        where sent_at is null and id > $3 and aggregate_id <> all($1::text[]) order by id limit $2
    ) waiting
) sized where before < $4 order by id
"""
_MARK = "update outbox set sent_at = now(), refused_at = null where id = any($1::bigint[])"
_REFUSE = "update outbox set refused_at = now() where id = any($1::bigint[])"

log = logging.getLogger("steward.relay")


class Relay:
    """Drains one service's outbox; every replica runs it, the holder of the advisory lock works.

    Measured: as many events a second as a bare loop of `publish_async`, see docs/performance.md.
    Several workers with SKIP LOCKED were slower than one reader, and keep no order.
    """

    def __init__(self, database: Database, nats: Client, schema: str) -> None:
        """Drain `database` through `nats`; `schema` tells this relay's lock from other services'."""
        self._database = database
        self._nats = nats
        self._publisher = Publisher(nats)
        self._schema = schema
        self._wake = asyncio.Event()
        self._parked: set[str] = set()
        self._behind = False  # something waits that no commit will tell of

    def wake(self) -> None:
        """Say that rows were committed in this process."""
        self._wake.set()

    async def run(self) -> None:
        """Work until cancelled; a lost database or broker is waited for."""
        while True:
            try:
                connection = await self._database.connect()
            except (OSError, TimeoutError, asyncpg.PostgresError):
                await asyncio.sleep(POLL_SECONDS)
                continue
            try:
                await self._serve(connection)
            except Exception as error:  # a connection that ends between two statements fails in many ways
                found = error.exceptions[0] if isinstance(error, ExceptionGroup) else error
                log.warning("relay starts again after %s at %s", type(found).__name__, place(found))
                await asyncio.sleep(POLL_SECONDS)
            finally:
                with contextlib.suppress(Exception):
                    await connection.close(timeout=1)

    async def _serve(self, connection: Connection) -> None:
        while not await connection.fetchval(
            "select pg_try_advisory_lock($1, hashtext($2))", LOCK, self._schema
        ):
            await self._follow(connection)
        await connection.add_listener(f"{self._schema}_{CHANNEL}", lambda *_: self._wake.set())
        connection.add_termination_listener(lambda *_: self._wake.set())  # nothing would notify us any more
        self._parked = set(await self._refused(connection))
        while True:
            self._wake.clear()
            while await self._drain(connection):
                pass
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), POLL_SECONDS if self._behind else HEARTBEAT)

    async def _follow(self, connection: Connection) -> None:
        """Not the active relay: tell the active one of our commits, at most once per 20 ms."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), 1.0)
            self._wake.clear()
            await connection.execute(f"notify {self._schema}_{CHANNEL}")
            await asyncio.sleep(COALESCE_SECONDS)

    async def _refused(self, connection: Connection) -> list[str]:
        rows = await connection.fetch(
            "select distinct aggregate_id from outbox where sent_at is null and refused_at > now() - $1::interval",
            timedelta(minutes=1),
        )
        return [row["aggregate_id"] for row in rows]

    async def _drain(self, connection: Connection) -> bool:
        """Publish what waits, batch after batch; True when there may be more to do at once.

        While the broker stores one batch, the one before it is marked and the next is read. The next
        is sent only when all answers are in: an event is never overtaken by a later batch.
        """
        self._behind = not self._nats.is_connected
        if self._behind:
            return False
        if self._parked:
            self._parked = set(await self._refused(connection))
        self._behind = bool(self._parked)
        rows, acked, batches = await self._read(connection, 0), list[Row](), 0
        while rows and batches < PASS:
            async with asyncio.TaskGroup() as turn:
                beside = turn.create_task(self._mark_and_read(connection, acked, rows))
                flight = await self._publisher.publish(rows, ACK_SECONDS)
            acked, batches = flight.acked, batches + 1
            if len(acked) < len(rows):
                self._behind = True
                await self._mark(connection, acked)
                return await self._park(connection, flight.refused)
            rows = beside.result()
        await self._mark(connection, acked)
        return batches > 1

    async def _mark_and_read(
        self, connection: Connection, acked: Sequence[Row], rows: Sequence[Row]
    ) -> Sequence[Row]:
        """Mark the batch before `rows`, read the one after them.

        Rows just marked stay in the index until a vacuum; without reading on from the last one a
        backlog is read in quadratic time (20,000 events: 2,200 a second). A lower id that commits late
        tells of something else (who changes the same rows waits for it), and the next pass finds it.
        """
        await self._mark(connection, acked)
        return await self._read(connection, rows[-1]["id"]) if _full(rows) else []

    async def _read(self, connection: Connection, after: int) -> Sequence[Row]:
        return await connection.fetch(_READ, list(self._parked), BATCH, after, BYTES)

    async def _mark(self, connection: Connection, acked: Sequence[Row]) -> None:
        if acked:
            await connection.execute(_MARK, [row["id"] for row in acked])
            EVENTS_PUBLISHED.labels(self._schema).inc(len(acked))

    async def _park(self, connection: Connection, refused: Sequence[Row]) -> bool:
        """Let the aggregates of refused events wait, and nobody else; True when there were any."""
        if not refused:
            return False
        await connection.execute(_REFUSE, [row["id"] for row in refused])
        self._parked.update(row["aggregate_id"] for row in refused)
        RELAY_REFUSED.labels(self._schema).inc(len(refused))
        for row in refused[:LOGGED]:
            refusal(row["event_id"], row["subject"], row["payload"])
        if len(refused) > LOGGED:
            log.error("%d more events refused by the broker; GET /v1/refused-events", len(refused) - LOGGED)
        return True


def _full(rows: Sequence[Row]) -> bool:
    """Whether a batch ended because of its size, so that more may wait."""
    return len(rows) == BATCH or sum(len(row["payload"]) for row in rows) >= BYTES
