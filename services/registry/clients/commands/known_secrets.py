"""Whether a secret is one of its client's, before anything else is done for it.

A wrong secret costs a share of one query, however many come: those that come while it runs are looked up together
by the next one. So who guesses takes up one connection at most, and the right secret is looked at whoever guesses.
"""

import asyncio
from itertools import islice

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.clients.commands.client_secrets import digest
from services.registry.tables.clients import client_secret
from shared import clock
from shared.database.engine import Database

AT_ONCE = 500  # secrets of one query
_Asked = tuple[str, bytes]
_columns = client_secret.c


class KnownSecrets:
    """Looks up the secrets that this process is sent."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: dict[asyncio.Future[bool], _Asked] = {}
        self._turn = asyncio.Lock()

    async def has(self, client_id: str, secret: str) -> bool:
        """Whether it is a valid secret of this client. Raises Unavailable as sessions do."""
        answer: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting[answer] = (client_id, digest(secret))
        try:
            async with self._turn:
                while not answer.done():
                    await self._look()
            return answer.result()
        finally:
            self._waiting.pop(answer, None)

    async def _look(self) -> None:
        """Answer to those who have waited longest."""
        asked = dict(islice(self._waiting.items(), AT_ONCE))
        async with self._database.reading() as session:
            known = await _known(session, {client_id for client_id, _ in asked.values()})
        for answer, pair in asked.items():
            if self._waiting.pop(answer, None) is not None:  # else who asked went away
                answer.set_result(pair in known)


async def _known(session: AsyncSession, clients: set[str]) -> set[_Asked]:
    of_them = sa.and_(_columns.client_id.in_(clients), _columns.expires_at > clock.real())
    rows = await session.execute(sa.select(_columns.client_id, _columns.digest).where(of_them))
    return {(client_id, bytes(stored)) for client_id, stored in rows}
