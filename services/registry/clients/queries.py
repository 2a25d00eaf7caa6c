"""Reads of clients, with the source systems that they write as and their secrets' dates; never a secret."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, aggregate_order_by
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.tables.clients import client, client_secret
from services.registry.tables.source_systems import source_client, source_system
from shared import clock
from shared.auth.caller import Caller
from shared.errors import NotFound
from shared.http.paging import Page, page

_SHOWN = (
    "client_id", "version", "name", "roles", "units", "requests_per_minute", "jwks", "last_used_at", "revoked_at",
    "recorded_at",
)  # fmt: skip
SHOWN_OF_SECRET = ("secret_id", "made_at", "expires_at", "last_used_at")


async def list_clients(session: AsyncSession, wanted: Page) -> dict[str, Any]:
    """One page of clients by id, revoked ones included."""
    return await page(session, _select(), [client.c.client_id], wanted)


async def get_client(session: AsyncSession, client_id: str) -> dict[str, Any]:
    """One client. Raises NotFound `client-unknown`."""
    found = await session.execute(_select().where(client.c.client_id == client_id))
    row = found.mappings().one_or_none()
    if row is None:
        raise NotFound("client-unknown", "There is no such client.")
    return dict(row)


async def is_revoked(session: AsyncSession, caller: Caller) -> bool:
    """Whether the caller is a client that was revoked."""
    if not caller.client:
        return False
    revoked = sa.select(client.c.client_id).where(
        client.c.client_key == caller.subject_key, client.c.revoked_at.is_not(None)
    )
    return await session.scalar(revoked) is not None


def _select() -> sa.Select[Any]:
    return sa.select(*(client.c[name] for name in _SHOWN), _systems(), _secrets())


def _systems() -> sa.Label[Any]:
    codes = sa.func.array_agg(
        aggregate_order_by(source_system.c.code, source_system.c.code), type_=ARRAY(sa.Text)
    )
    bound = sa.select(codes).join(source_client, source_client.c.system_id == source_system.c.system_id)
    bound = bound.where(source_client.c.client_key == client.c.client_key).correlate(client)
    return sa.func.coalesce(bound.scalar_subquery(), sa.literal([], ARRAY(sa.Text))).label("systems")


def _secrets() -> sa.Label[Any]:
    pairs = [part for name in SHOWN_OF_SECRET for part in (name, client_secret.c[name])]
    one = aggregate_order_by(sa.func.jsonb_build_object(*pairs), client_secret.c.made_at)
    valid = sa.and_(
        client_secret.c.client_id == client.c.client_id, client_secret.c.expires_at > clock.real()
    )
    every = sa.select(sa.func.jsonb_agg(one, type_=JSONB)).where(valid).correlate(client)
    return sa.func.coalesce(every.scalar_subquery(), sa.literal([], JSONB)).label("secrets")
