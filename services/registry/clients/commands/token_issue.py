"""Access tokens for clients that prove who they are (RFC 6749 section 4.4, RFC 9068)."""

import hmac
import secrets
from datetime import timedelta
from typing import Any
from uuid import uuid4

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.clients.commands.assertions import is_signed_by
from services.registry.clients.commands.client_secrets import digest
from services.registry.clients.commands.signing_keys import sign
from services.registry.clients.token_request import TokenRequest, granted, unknown_client
from services.registry.tables.clients import client, client_secret
from shared import clock
from shared.auth import client_tokens
from shared.settings import Settings

_NOTED = timedelta(minutes=1)  # how exact the time of the last use is: not every token writes
_NOBODY = [(None, secrets.token_bytes(32))]  # compared in place of an unknown client's secrets


async def issue(session: AsyncSession, settings: Settings, request: TokenRequest) -> dict[str, Any]:
    """The answer to a request for a token (RFC 6749 section 5.1). Raises TokenRefused."""
    secret_id = await _by_secret(session, request.client_id, request.secret or "")
    select = sa.select(client).where(client.c.client_id == request.client_id, client.c.revoked_at.is_(None))
    row = (await session.execute(select)).mappings().one_or_none()
    if row is None:
        raise unknown_client()
    if request.assertion is None:
        known = secret_id is not None
    else:
        known = await is_signed_by(session, row, request.assertion, settings.client_issuer)
    if not known:
        raise unknown_client()
    scope = granted(request.scope, row["roles"])
    await _note_use(session, row, secret_id)
    return {
        "access_token": await sign(session, settings.subject_pepper, _claims(settings, row, scope)),
        "token_type": "Bearer",
        "expires_in": client_tokens.LIFETIME,
        "scope": " ".join(scope),
    }


def _claims(settings: Settings, row: sa.RowMapping, scope: list[str]) -> dict[str, Any]:
    now = int(clock.real().timestamp())
    claims = {
        "iss": settings.client_issuer,
        "aud": settings.oidc_audience,
        "sub": row["client_id"],
        "client_id": row["client_id"],
        "iat": now,
        "exp": now + client_tokens.LIFETIME,
        "jti": uuid4().hex,
        "scope": " ".join(scope),
        "roles": scope,
        "units": row["units"],
    }
    limit = row["requests_per_minute"]
    return claims if limit is None else claims | {client_tokens.LIMIT: limit}


async def _by_secret(session: AsyncSession, client_id: str, secret: str) -> str | None:
    """The id of the secret, None when it is none of the client's; an unknown client costs the same."""
    valid = sa.and_(client_secret.c.client_id == client_id, client_secret.c.expires_at > clock.real())
    rows = await session.execute(sa.select(client_secret.c.secret_id, client_secret.c.digest).where(valid))
    sent, found = digest(secret), None
    for secret_id, stored in rows.all() or _NOBODY:
        if hmac.compare_digest(sent, stored):
            found = secret_id
    return found


async def _note_use(session: AsyncSession, row: sa.RowMapping, secret_id: str | None) -> None:
    now = clock.real()
    for table, is_it in (
        (client, client.c.client_id == row["client_id"]),
        (client_secret, client_secret.c.secret_id == secret_id),
    ):
        old = sa.or_(table.c.last_used_at.is_(None), table.c.last_used_at < now - _NOTED)
        await session.execute(sa.update(table).where(is_it, old).values(last_used_at=now))
