"""Reads of clients, with the source systems that they write as and their secrets' dates; never a secret."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, aggregate_order_by
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.tables.clients import client, client_secret
from services.registry.tables.source_systems import source_client, source_system
from services.registry.tables.units import unit
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


async def as_registered(session: AsyncSession, caller: Caller) -> Caller | None:
    """The caller with what both its token and its registration allow; None for a client that was revoked.

    A webhook goes on under what a token said long ago, and the client may have been given less since.
    """
    if not caller.client:
        return caller
    select = sa.select(client.c.roles, client.c.units, client.c.revoked_at)
    found = (await session.execute(select.where(client.c.client_key == caller.subject_key))).one_or_none()
    if found is None:  # of the ministry's issuer
        return caller
    if found.revoked_at is not None:
        return None
    roles = caller.roles & frozenset(found.roles)
    return replace(caller, roles=roles, units=await _in_both(session, caller.units, found.units))


async def _in_both(session: AsyncSession, one: Sequence[str], other: Sequence[str]) -> tuple[str, ...]:
    """The topmost units that lie below units of both lists."""
    if set(one) == set(other):
        return tuple(one)
    lists = [sa.literal(list(codes), ARRAY(sa.Text)) for codes in (one, other)]
    named = sa.or_(*(unit.c.unit_code == sa.any_(codes) for codes in lists))
    inside = (unit.c.path.overlap(codes) for codes in lists)
    return tuple(await session.scalars(sa.select(unit.c.unit_code).where(named, *inside)))


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
