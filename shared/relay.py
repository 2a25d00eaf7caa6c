"""The relay: outbox rows become published events, in order, by one active process per database."""

import asyncio
import contextlib
import logging
from collections.abc import Sequence
from datetime import timedelta

import asyncpg
from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.api import PubAck

from shared.database import Connection, Database
from shared.metrics import EVENTS_PUBLISHED, RELAY_REFUSED

BATCH = 500
POLL_SECONDS = 0.5
ACK_SECONDS = 10.0  # a cluster's new leader was 8.2 s without a PubAck
COALESCE_SECONDS = 0.02
LOCK = 0x57454152  # advisory lock of the active relay; each service has a database role of its own
CHANNEL = "outbox"

_READ = """
select id, event_id, aggregate_id, subject, payload from outbox
where sent_at is null and id > $3 and aggregate_id <> all($1::text[]) order by id limit $2
"""
_MARK = "update outbox set sent_at = now(), refused_at = null where id = any($1::bigint[])"
_REFUSE = "update outbox set refused_at = now() where id = any($1::bigint[])"

log = logging.getLogger("steward.relay")
Row = asyncpg.Record


class Relay:
    """Drains one service's outbox; every replica runs it, the holder of the advisory lock works.

    Measured: one leader reading 500 rows at a time reached 9,000 events/s where a bare
    `publish_async` loop reached 11,700; SKIP LOCKED workers 6,000 to 8,800 and no order.
    """

    def __init__(self, database: Database, nats: Client, schema: str) -> None:
        """Drain `database` through `nats`; `schema` tells this relay's lock from other services'."""
        self._database = database
        self._nats = nats
        self._js: JetStreamContext = nats.jetstream(publish_async_max_pending=2 * BATCH)
        self._schema = schema
        self._wake = asyncio.Event()
        self._leading = False
        self._parked: set[str] = set()
        self._floor = 0  # of the next read; above 0 only in the middle of a backlog

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
            except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                log.warning("relay lost its database (%s)", type(error).__name__)
                await asyncio.sleep(POLL_SECONDS)
            finally:
                self._leading = False
                with contextlib.suppress(Exception):
                    await connection.close(timeout=1)

    async def _serve(self, connection: Connection) -> None:
        while not await connection.fetchval(
            "select pg_try_advisory_lock($1, hashtext($2))", LOCK, self._schema
        ):
            await self._follow(connection)
        self._leading = True
        await connection.add_listener(f"{self._schema}_{CHANNEL}", lambda *_: self._wake.set())
        self._parked = set(await self._refused(connection))
        while True:
            self._wake.clear()
            while await self._drain(connection):
                pass
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), POLL_SECONDS)

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
        """Publish one batch; True when there may be more to do at once."""
        if not self._nats.is_connected:
            return False
        rows = await connection.fetch(_READ, list(self._parked), BATCH, self._floor)
        began, self._floor = self._floor, 0
        if not rows:
            if self._parked:
                self._parked = set(await self._refused(connection))
            return began > 0
        acked, refused = await self._publish(rows)
        if acked:
            await connection.execute(_MARK, [row["id"] for row in acked])
            EVENTS_PUBLISHED.labels(self._schema).inc(len(acked))
        if refused:
            await connection.execute(_REFUSE, [row["id"] for row in refused])
            self._parked.update(row["aggregate_id"] for row in refused)
            RELAY_REFUSED.labels(self._schema).inc(len(refused))
            log.error("events refused by the broker: %d, first %s", len(refused), refused[0]["event_id"])
        if len(acked) < BATCH:
            return began > 0
        # Rows just marked stay in the index until a vacuum; without the floor a backlog is read in
        # quadratic time (20,000 events: 2,200 a second). A lower id that commits late is of another
        # aggregate, and found by the next read from the start.
        self._floor = rows[-1]["id"]
        return True

    async def _publish(self, rows: Sequence[Row]) -> tuple[list[Row], list[Row]]:
        """Send `rows` in order; returns those acknowledged and those refused, the rest is unknown."""
        futures: list[asyncio.Future[PubAck]] = []
        with contextlib.suppress(NatsError, OSError, TimeoutError):
            for row in rows:
                headers = {"Nats-Msg-Id": str(row["event_id"])}
                future = await self._js.publish_async(
                    row["subject"], row["payload"], wait_stall=ACK_SECONDS, headers=headers
                )
                futures.append(future)
        await self._await_acks(futures)
        acked: list[Row] = []
        refused: list[Row] = []
        for row, future in zip(rows, futures, strict=False):
            if future.done() and not future.cancelled() and future.exception() is None:
                acked.append(row)
            elif self._nats.is_connected:
                # A publish that permissions refuse shows as a missing PubAck alone.
                refused.append(row)
            future.cancel()
        return acked, refused

    async def _await_acks(self, futures: Sequence["asyncio.Future[PubAck]"]) -> None:
        """Wait for PubAcks, at most ACK_SECONDS: nats-py never times a lost one out."""
        deadline = asyncio.get_running_loop().time() + ACK_SECONDS
        pending = set(futures)
        while pending and self._nats.is_connected and asyncio.get_running_loop().time() < deadline:
            _, pending = await asyncio.wait(pending, timeout=0.25)
