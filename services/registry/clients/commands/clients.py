"""Clients: registered, changed, revoked, and bound to the source systems that they write as."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import uuid4

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.clients.commands.assertions import check_keys
from services.registry.source_systems.commands import bind_client
from services.registry.tables.clients import client, client_secret
from services.registry.tables.source_systems import source_client, source_system
from services.registry.tables.units import unit
from shared import clock
from shared.auth import client_tokens
from shared.auth.caller import subject_key
from shared.errors import Conflict, FieldError, Invalid, NotFound


async def find_client(session: AsyncSession, client_id: str) -> sa.RowMapping:
    """The row of a client, locked. Raises NotFound `client-unknown`, Conflict `client-revoked`."""
    select = sa.select(client).where(client.c.client_id == client_id).with_for_update()
    row = (await session.execute(select)).mappings().one_or_none()
    if row is None:
        raise NotFound("client-unknown", "There is no such client.")
    if row["revoked_at"] is not None:
        raise Conflict("client-revoked", "The client is revoked.")
    return row


async def register_client(session: AsyncSession, values: Mapping[str, Any], pepper: str, by: str) -> str:
    """A new client from the columns of `client` and its `systems`; returns its id, under which nobody guesses it.

    Raises Invalid `unit-unknown`, `source-system-unknown` or `client-keys-wrong`.
    """
    columns = dict(values)
    systems = columns.pop("systems")
    client_id = uuid4().hex
    key = subject_key(pepper, client_tokens.ISSUER, client_id)
    if columns["jwks"] is not None:
        check_keys(columns["jwks"])
    await _check_units(session, columns["units"])
    known = {"client_id": client_id, "client_key": key, "version": 1}
    recorded = {"recorded_at": clock.real(), "recorded_by": by}
    await session.execute(sa.insert(client).values(**columns, **known, **recorded))
    await _bind(session, client_id, key, systems, by)
    return client_id


async def change_client(session: AsyncSession, client_id: str, values: Mapping[str, Any], by: str) -> None:
    """Change what is known of a client; nothing new, no version. Tokens that it has stay as they were signed.

    Raises as `find_client` and `register_client`.
    """
    row = await find_client(session, client_id)
    columns = dict(values)
    systems = columns.pop("systems", None)
    changed = {column: value for column, value in columns.items() if row[column] != value}
    if changed.get("jwks") is not None:
        check_keys(changed["jwks"])
    if "units" in changed:
        await _check_units(session, changed["units"])
    bound = systems is not None and await _bind(session, client_id, row["client_key"], systems, by)
    if changed or bound:
        await _raise_version(session, row, changed, by)


async def revoke_client(session: AsyncSession, client_id: str, by: str) -> None:
    """No further token, and no further record as a source system. Raises as `find_client`."""
    row = await find_client(session, client_id)
    await session.execute(sa.delete(client_secret).where(client_secret.c.client_id == client_id))
    await session.execute(sa.delete(source_client).where(source_client.c.client_key == row["client_key"]))
    await _raise_version(session, row, {"revoked_at": clock.real(), "jwks": None}, by)


async def _raise_version(
    session: AsyncSession, row: sa.RowMapping, changed: Mapping[str, Any], by: str
) -> None:
    recorded = {"version": row["version"] + 1, "recorded_at": clock.real(), "recorded_by": by}
    statement = sa.update(client).where(client.c.client_id == row["client_id"])
    await session.execute(statement.values(**changed, **recorded))


async def _check_units(session: AsyncSession, codes: Iterable[str]) -> None:
    wanted = list(codes)
    known = set(
        (await session.scalars(sa.select(unit.c.unit_code).where(unit.c.unit_code.in_(wanted)))).all()
    )
    errors = [
        FieldError(f"/units/{place}", "unit-unknown", "There is no such unit.")
        for place, code in enumerate(wanted)
        if code not in known
    ]
    if errors:
        raise Invalid("unit-unknown", "The unit does not exist.", errors)


async def _bind(session: AsyncSession, client_id: str, key: str, systems: list[str], by: str) -> bool:
    """Let the client write as these systems and no others; whether that is new."""
    known = set((await session.scalars(sa.select(source_system.c.code))).all())
    errors = [
        FieldError(f"/systems/{place}", "source-system-unknown", "There is no such source system.")
        for place, code in enumerate(systems)
        if code not in known
    ]
    if errors:
        raise Invalid("source-system-unknown", "There is no such source system.", errors)
    of_client = source_client.c.client_key == key
    bound = sa.select(source_system.c.code).join(source_client).where(of_client)
    before = set((await session.scalars(bound)).all())
    for code in sorted(set(systems) - before):
        await bind_client(session, code, (client_tokens.ISSUER, client_id, key), by)
    if ended := before - set(systems):
        ids = sa.select(source_system.c.system_id).where(source_system.c.code.in_(ended))
        await session.execute(sa.delete(source_client).where(of_client, source_client.c.system_id.in_(ids)))
    return before != set(systems)
