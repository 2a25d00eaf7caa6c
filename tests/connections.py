"""Open connections to the databases of a running stack: a new one costs 10 ms, and a look asks a hundred times."""

import asyncio
from collections import defaultdict

import asyncpg

# What is said by a server that starts, stops or died, or by a connection to it.
BROKEN = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
)
AWAY = (*BROKEN, asyncpg.CannotConnectNowError)
Connection = asyncpg.Connection


class Connections:
    """One a URL, made when it is first asked, and again after it broke; questions wait for one another."""

    def __init__(self) -> None:
        """None is open."""
        self._open: dict[str, Connection] = {}
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def fetch(self, url: str, statement: str, *values: object) -> list[asyncpg.Record]:
        """Rows of a statement. Raises one of `AWAY` where a new connection cannot be had either."""
        async with self._turns[url]:
            known = self._open.pop(url, None)
            if known is not None:
                try:
                    return await self._asked(url, known, statement, *values)
                except BROKEN:  # the server was restarted since
                    pass
            return await self._asked(url, await asyncpg.connect(url), statement, *values)

    async def _asked(
        self, url: str, connection: Connection, statement: str, *values: object
    ) -> list[asyncpg.Record]:
        try:
            found = await connection.fetch(statement, *values)
        except BaseException as error:
            broken = connection.is_closed()
            connection.terminate()
            if broken and isinstance(error, asyncpg.InterfaceError):
                raise ConnectionResetError(str(error)) from error
            raise
        self._open[url] = connection
        return found

    def end(self) -> None:
        """Close them all."""
        while self._open:
            self._open.popitem()[1].terminate()
