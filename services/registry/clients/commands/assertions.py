"""Clients that sign who they are with a key of their own (private_key_jwt, RFC 7523 sections 2.2 and 3)."""

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import orjson
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.tables.clients import client_assertion
from shared import clock
from shared.auth.key_set import Key, usable
from shared.auth.tokens import LEEWAY
from shared.errors import FieldError, Invalid

LONGEST = timedelta(minutes=10)  # from now until an assertion may end: so long it is remembered
SHORTEST_RSA = 2048
_REQUIRED = ["exp", "iss", "sub", "aud", "jti"]
_UNREADABLE = (jwt.PyJWTError, ValueError, TypeError, ArithmeticError, RecursionError)
_PRIVATE = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"}
_FORGOTTEN = 100  # ended ones deleted at each use: more than one comes for each
_columns = client_assertion.c


def check_keys(jwks: dict[str, Any]) -> None:
    """Refuse a key set with anything but public keys that can be used, told apart by `kid`.

    Raises Invalid `client-keys-wrong`.
    """
    sent = jwks["keys"]
    try:
        keys = list(usable(orjson.dumps(jwks)).values())
    except (ValueError, TypeError):  # none usable, or numbers beyond JSON
        keys = []
    weak = any(
        isinstance(key.material, RSAPublicKey) and key.material.key_size < SHORTEST_RSA for key in keys
    )
    if weak or len(keys) < len(sent) or any(_PRIVATE & key.keys() for key in sent):
        detail = (
            "Public keys for RS256 (2,048 bits), ES256 or EdDSA are expected, each with a kid of its own."
        )
        raise Invalid("client-keys-wrong", detail, [FieldError("/jwks", "client-keys-wrong", detail)])


async def is_signed_by(session: AsyncSession, row: sa.RowMapping, assertion: str, issuer: str) -> bool:
    """Whether the client of `row` signed the assertion for this token endpoint, and uses it for the first time."""
    key = _key(row["jwks"], assertion)
    if key is None:
        return False
    try:
        claims = jwt.decode(
            assertion,
            key.material,
            algorithms=[key.algorithm],
            audience=[issuer, f"{issuer}/oauth/token"],
            issuer=row["client_id"],
            subject=row["client_id"],
            leeway=LEEWAY,
            options={"require": _REQUIRED},
        )
        ends = datetime.fromtimestamp(claims["exp"], UTC)
    except (*_UNREADABLE, OSError):
        return False
    if not isinstance(claims["jti"], str) or ends > clock.real() + LONGEST:
        return False
    return await _is_first(session, row["client_id"], claims["jti"], ends + timedelta(seconds=LEEWAY))


def _key(jwks: dict[str, Any] | None, assertion: str) -> Key | None:
    if jwks is None:
        return None
    keys = usable(orjson.dumps(jwks))
    try:
        named = jwt.get_unverified_header(assertion).get("kid")
    except _UNREADABLE:
        return None
    if named is None and len(keys) == 1:
        return next(iter(keys.values()))
    return keys.get(named) if isinstance(named, str) else None


async def _is_first(session: AsyncSession, client_id: str, name: str, ends: datetime) -> bool:
    ended = sa.select(_columns.digest).where(_columns.expires_at < clock.real()).limit(_FORGOTTEN)
    ended = ended.with_for_update(skip_locked=True)
    await session.execute(sa.delete(client_assertion).where(_columns.digest.in_(ended)))
    digest = hashlib.sha256(f"{client_id}\n{name}".encode("utf-8", "surrogatepass")).digest()
    statement = insert(client_assertion).values(digest=digest, expires_at=ends).on_conflict_do_nothing()
    return await session.scalar(statement.returning(_columns.digest)) is not None
