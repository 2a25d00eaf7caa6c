"""The keys that sign access tokens: made here, published before they sign, withdrawn after their last token."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import orjson
import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.tables.clients import client_signing_key
from shared import clock
from shared.auth import client_tokens
from shared.database.engine import Database, lock

SIGNS_FOR = timedelta(days=90)
OVERLAP = timedelta(
    hours=1
)  # published before it signs, and after its last token: services look every 5 minutes
_LOCK = "client-signing-keys"
_columns = client_signing_key.c


async def sign(session: AsyncSession, pepper: str, claims: dict[str, Any]) -> str:
    """An access token signed by the key of today; the first one makes it."""
    signed = await _signed(session, pepper, claims)
    if signed is None:
        await lock(session, _LOCK)
        signed = await _signed(session, pepper, claims)  # of many at once, the first has made it
    if signed is None:
        await _make(session, pepper, clock.real())
        signed = await _signed(session, pepper, claims)
    assert signed is not None
    return signed


async def _signed(session: AsyncSession, pepper: str, claims: dict[str, Any]) -> str | None:
    key = await _current(session)
    if key is None:
        return None
    try:
        return client_tokens.sign(key["private_key"], key["key_id"], pepper, claims)
    except ValueError:  # of another pepper; nothing that it signed is for callers of this one
        return None


def source(database: Database, pepper: str) -> Callable[[], Awaitable[bytes]]:
    """Where registry itself reads the key set. Raises OSError while the database does not answer."""

    async def read() -> bytes:
        try:
            return await published(database, pepper)
        except SQLAlchemyError as error:
            raise OSError("the key set cannot be read") from error

    return read


async def published(database: Database, pepper: str) -> bytes:
    """The key set (RFC 7517), with the key that signs next; never empty.

    Every service reads it every few minutes, so that keys are made and withdrawn here.
    """
    async with database.reading() as session:
        rows = await _rows(session)
    if _is_due(rows, clock.real()):
        async with database.session() as session:
            await lock(session, _LOCK)
            await _rotate(session, pepper, clock.real())
            rows = await _rows(session)
    return orjson.dumps({"keys": [{**row.public_key, "kid": row.key_id} for row in rows]})


async def withdraw(session: AsyncSession, pepper: str) -> tuple[list[str], str]:
    """Sign with a new key at once, and withdraw all others: what they signed ends when services look again.

    The ids of those that are withdrawn, and of the new one.
    """
    await lock(session, _LOCK)
    gone = await session.scalars(sa.delete(client_signing_key).returning(_columns.key_id))
    return sorted(gone), await _make(session, pepper, clock.real())


async def _rotate(session: AsyncSession, pepper: str, now: datetime) -> None:
    rows = await _rows(session)
    if not rows:
        await _make(session, pepper, now)
    elif rows[-1].signs_from + SIGNS_FOR <= now + OVERLAP:
        await _make(session, pepper, now + OVERLAP)
    if ended := _ended(rows, now):
        await session.execute(sa.delete(client_signing_key).where(_columns.key_id.in_(ended)))


def _is_due(rows: Sequence[Any], now: datetime) -> bool:
    return not rows or rows[-1].signs_from + SIGNS_FOR <= now + OVERLAP or bool(_ended(rows, now))


def _ended(rows: Sequence[Any], now: datetime) -> list[str]:
    """Keys before the one that has signed for so long that all their tokens have ended."""
    signing = [row.signs_from for row in rows if row.signs_from <= now - OVERLAP]
    return [row.key_id for row in rows if signing and row.signs_from < signing[-1]]


async def _rows(session: AsyncSession) -> Sequence[Any]:
    select = sa.select(_columns.key_id, _columns.public_key, _columns.signs_from)
    return (await session.execute(select.order_by(_columns.signs_from))).all()


async def _current(session: AsyncSession) -> sa.RowMapping | None:
    select = sa.select(client_signing_key).where(_columns.signs_from <= clock.real())
    found = await session.execute(select.order_by(_columns.signs_from.desc()).limit(1))
    return found.mappings().one_or_none()


async def _make(session: AsyncSession, pepper: str, signs_from: datetime) -> str:
    private, public = client_tokens.new_key(pepper)
    key_id = uuid4().hex
    values = {"key_id": key_id, "private_key": private, "public_key": public, "signs_from": signs_from}
    await session.execute(sa.insert(client_signing_key).values(values))
    return key_id
