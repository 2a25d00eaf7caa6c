"""Secrets of clients: 256 random bits, shown once and stored as a digest, two of a client at a time."""

import hashlib
import secrets
from datetime import timedelta
from typing import Any
from uuid import uuid4

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.clients.commands.clients import find_client
from services.registry.clients.queries import SHOWN_OF_SECRET
from services.registry.tables.clients import client_secret
from shared import clock
from shared.errors import Conflict, NotFound

AT_ONCE = 2
_columns = client_secret.c


def digest(secret: str) -> bytes:
    """What is stored of a secret. Of 256 random bits: a slow hash would only make wrong ones dear to refuse."""
    return hashlib.sha256(secret.encode()).digest()


async def make_secret(session: AsyncSession, client_id: str, days: int) -> tuple[str, dict[str, Any]]:
    """A further secret for `days`, and what is shown of it later; those before it stay valid.

    Raises Conflict `client-secrets-two` while two are valid, and as `find_client`.
    """
    await find_client(session, client_id)
    now = clock.real()
    await session.execute(
        sa.delete(client_secret).where(_columns.client_id == client_id, _columns.expires_at <= now)
    )
    count = sa.select(sa.func.count()).select_from(client_secret).where(_columns.client_id == client_id)
    if (await session.scalar(count) or 0) >= AT_ONCE:
        raise Conflict("client-secrets-two", "Two secrets of the client are valid; end one of them first.")
    secret = secrets.token_urlsafe(32)
    values = {"secret_id": uuid4().hex, "client_id": client_id, "made_at": now}
    values["expires_at"] = now + timedelta(days=days)
    await session.execute(sa.insert(client_secret).values(**values, digest=digest(secret)))
    return secret, {name: values.get(name) for name in SHOWN_OF_SECRET}


async def end_secret(session: AsyncSession, client_id: str, secret_id: str) -> None:
    """The secret gives no further token. Raises NotFound `client-secret-unknown`, and as `find_client`."""
    await find_client(session, client_id)
    ended = sa.delete(client_secret).where(_columns.client_id == client_id, _columns.secret_id == secret_id)
    if await session.scalar(ended.returning(_columns.secret_id)) is None:
        raise NotFound("client-secret-unknown", "The client has no such secret.")
