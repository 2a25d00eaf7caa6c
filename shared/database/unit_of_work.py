"""Unit of work: the one transaction of a writing request, committed at the edge.

It begins with the first statement that asks for it, when the whole body is there (`shared.http.bodies`):
nobody's pace is waited for in it.
"""

from contextlib import AbstractAsyncContextManager, AsyncExitStack
from types import TracebackType
from typing import Self

from sqlalchemy.ext.asyncio import AsyncSession

from shared.database.engine import Connection, Database, raw


class UnitOfWork:
    """A transaction that the first statement opens; an error inside rolls all of it back.

    A route writes through one of `session` and `connection`. The answer leaves after the commit only.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._stack = AsyncExitStack()
        self._session: AsyncSession | None = None
        self._connection: Connection | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Commit, or roll back when the request failed."""
        await self._stack.__aexit__(kind, error, trace)

    async def session(self) -> AsyncSession:
        """The request's SQLAlchemy session."""
        if self._session is None:
            self._session = await self._stack.enter_async_context(self._database.session())
        return self._session

    async def connection(self) -> Connection:
        """The request's plain asyncpg connection, for hot routes."""
        if self._connection is None:
            self._connection = await self._stack.enter_async_context(self._database.transaction())
        return self._connection

    async def opened(self) -> Connection | None:
        """The asyncpg connection of the transaction; None as long as nothing asked for one."""
        return await raw(self._session) if self._session is not None else self._connection

    async def plain(self) -> Connection:
        """The asyncpg connection of the transaction, whichever way it was opened; opened now where it was not."""
        return await self.opened() or await self.connection()

    def alone(self) -> AbstractAsyncContextManager[Connection] | None:
        """A connection for one statement that commits itself; None when the transaction is already open."""
        if self._session is not None or self._connection is not None:
            return None
        return self._database.alone()
