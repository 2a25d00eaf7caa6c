"""One service's database: sessions whose transaction is committed at the edge, and nowhere else."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import asyncpg
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

from shared.settings import Settings
from shared.tasks import end

if TYPE_CHECKING:
    Connection = asyncpg.Connection[asyncpg.Record]
else:
    Connection = asyncpg.Connection  # generic in its stubs alone

_WROTE = sa.select(sa.func.pg_current_xact_id_if_assigned().is_not(None))
ANSWERS_WITHIN = 3.0  # seconds
OVERFLOW = 2  # connections above `database_pool` that sessions may open for a moment


class Database:
    """Connections of one service: SQLAlchemy for ordinary work, plain asyncpg for hot paths.

    Both commit once, at the end of the context, and then wake the relay and the timers. Hot paths have a pool of
    their own because a submit through SQLAlchemy reached 0.10 to 0.15 of pgbench with the same
    SQL, plain asyncpg 0.30.
    """

    def __init__(self, settings: Settings) -> None:
        """Prepare connections to `settings.database_url`; nothing connects before the first use."""
        self.url = settings.database_url
        timeout = str(int(settings.statement_timeout * 1000))
        self._server_settings = {"statement_timeout": timeout, "application_name": settings.service}
        self._pool_size = settings.database_pool
        self._pool: asyncpg.Pool[asyncpg.Record] | None = None
        self._asked: Connection | None = None
        self._asking: asyncio.Task[None] | None = None
        self.engine = create_async_engine(
            self.url.replace("postgresql://", "postgresql+asyncpg://", 1),
            pool_size=settings.database_pool,
            max_overflow=OVERFLOW,
            pool_pre_ping=True,
            pool_timeout=5,
            hide_parameters=True,  # parameters may name a person
            connect_args={"server_settings": self._server_settings, "timeout": 5},
        )
        # The dialect's own ping begins a transaction and rolls it back: three round trips for one.
        self.engine.dialect.do_ping = _answers  # type: ignore[method-assign]
        self._sessions = async_sessionmaker(self.engine, expire_on_commit=False)
        self.committed: list[Callable[[], None]] = []

    async def open(self) -> None:
        """Open the pool for hot paths."""
        self._pool = await self._make_pool()

    async def answers(self) -> None:
        """Ask the database for a sign of life, over a connection of its own: raises what went wrong.

        The pools may be in use to the last connection while everything is well. Who asks at the same
        moment shares one question.
        """
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._ask())
            self._asking.add_done_callback(lambda asking: asking.cancelled() or asking.exception())
        await asyncio.shield(self._asking)

    async def _ask(self) -> None:
        """Over the connection of last time, else over a new one."""
        async with asyncio.timeout(ANSWERS_WITHIN):
            if self._asked is not None:
                try:
                    await self._asked.fetchval("select 1")
                except Exception:  # the server may have been restarted since
                    self._asked.terminate()
                    self._asked = None
                else:
                    return
            self._asked = await self.connect()
            await self._asked.fetchval("select 1")

    async def close(self) -> None:
        """Return every connection."""
        if self._asking is not None:
            await end([self._asking])
        if self._asked is not None:
            self._asked.terminate()
        if self._pool is not None:
            await self._pool.close()
        await self.engine.dispose()

    def use(self) -> list[tuple[str, int, int]]:
        """(pool, connections in use, at most) of this process."""
        sessions: Any = self.engine.pool
        pool = self._pool
        plain = pool.get_size() - pool.get_idle_size() if pool is not None else 0
        return [
            ("sessions", sessions.checkedout(), self._pool_size + OVERFLOW),
            ("plain", plain, self._pool_size),
        ]

    async def _make_pool(self) -> "asyncpg.Pool[asyncpg.Record]":
        return await asyncpg.create_pool(
            self.url,
            min_size=0,
            max_size=self._pool_size,
            timeout=5,
            server_settings=self._server_settings,
            reset=_as_it_is,
        )

    async def connect(self) -> Connection:
        """A connection outside the pools, for what holds one: relay and timers."""
        return await asyncpg.connect(self.url, timeout=5, server_settings=self._server_settings)

    @asynccontextmanager
    async def session(self) -> AsyncIterator[AsyncSession]:
        """A writing session: one transaction, committed when the block ends without an error."""
        async with self._sessions() as session, session.begin():
            yield session
        self._wake()

    @asynccontextmanager
    async def looking(self) -> AsyncIterator[AsyncSession]:
        """A writing session for who often finds nothing to do: without a write it wakes nobody.

        Asking costs a round trip. Timers, which commits wake, would wake one another for ever without it.
        """
        async with self._sessions() as session, session.begin():
            yield session
            wrote = await session.scalar(_WROTE)
        if wrote:
            self._wake()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """A session that cannot write."""
        async with self._sessions() as session:
            await session.connection(execution_options={"postgresql_readonly": True})
            yield session

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """One transaction on a plain asyncpg connection, for the hot paths."""
        async with self.alone() as connection, connection.transaction():
            yield connection
        self._wake()

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[Connection]:
        """A plain asyncpg connection on which each statement is its own transaction.

        For a write that is one statement: begin and commit are a round trip each. Relay and timers are
        not woken, so what inserts into the outbox, or makes anything due, belongs into `transaction`.
        """
        if self._pool is None:
            await self.open()
        pool = self._pool
        assert pool is not None
        # Waiting is bounded; where nobody has to wait, setting up the bound is saved.
        async with pool.acquire(timeout=None if pool.get_idle_size() else 5) as connection:
            try:
                yield connection  # type: ignore[misc]
            except asyncpg.InternalClientError:
                connection.terminate()  # it lost its server in the middle of a COPY, and nobody else can use it
                raise

    def _wake(self) -> None:
        for callback in self.committed:
            callback()


def _answers(dbapi_connection: Any) -> bool:
    """Whether a connection of the pool still has its server: a statement without a word is answered too."""
    try:
        dbapi_connection.run_async(lambda driver: driver.fetchrow(";"))
    except Exception:
        return False
    return True


async def _as_it_is(_: Connection) -> None:
    """Nothing to reset: what a transaction sets, it sets locally. asyncpg's own reset is a round trip."""


async def raw(session: AsyncSession) -> Connection:
    """The asyncpg connection under `session`, inside the session's own transaction.

    SQLAlchemy starts the transaction with the first statement it runs itself, so a statement run
    here first would otherwise commit on its own.
    """
    connection = await session.connection()
    adapted = (await connection.get_raw_connection()).dbapi_connection
    assert adapted is not None
    driver: Connection = adapted.driver_connection
    if not driver.is_in_transaction():
        await connection.exec_driver_sql("select 1")
    return driver


async def lock(session: AsyncSession, name: str, *, shared: bool = False) -> None:
    """Wait for the lock of this name, and hold it until the transaction ends.

    A `shared` one is held together with other shared ones, and by nobody alone meanwhile.
    """
    take = sa.func.pg_advisory_xact_lock_shared if shared else sa.func.pg_advisory_xact_lock
    await session.execute(sa.select(take(sa.func.hashtextextended(name, 0))))
