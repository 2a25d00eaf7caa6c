"""Reads of source systems and of the clients that are bound to them; as which one a caller writes."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.source_systems.choice import POINTER, Records, System, choose, only
from services.registry.tables.source_systems import source_client, source_system
from services.registry.tables.states import Connection
from shared.auth.caller import Caller
from shared.errors import NotFound
from shared.http.paging import Page, page

Condition = sa.ColumnElement[bool]
SHOWN = [source_system.c[name] for name in ("code", "version", "name", "kind", "sends", "retired")]
SHOWN_OF_CLIENT = [source_client.c[name] for name in ("client_key", "iss", "sub", "recorded_at")]
# Those that the client $1 is bound to, and the one with the code $2.
_SYSTEMS = """
select s.system_id, s.code, s.sends, s.retired, c.client_key is not null
from source_system s left join source_client c on c.system_id = s.system_id and c.client_key = $1
where c.client_key is not null or s.code = $2 order by s.code
"""


class Writer(NamedTuple):
    """In whose name records are written.

    `source` is the id of the source system, `by` the key of the sign-in. `own` has every source whose
    records the caller counts as recorded by itself: the systems that it is bound to, and its own key.
    """

    source: str
    by: str
    own: list[str]


async def writer_of(
    connection: Connection, caller: Caller, named: str | None, records: Records, pointer: str = POINTER
) -> Writer:
    """The writer of records with external ids; `named` is a code of a system, at `pointer`. Raises as `choose`."""
    systems = await _systems(connection, caller, named)
    return _writer(caller, systems, choose(systems, named, records, pointer).system_id)


async def writer_of_one(
    connection: Connection, caller: Caller, named: str | None, records: Records, external_id: str | None
) -> Writer:
    """The writer of one record. Without external id it comes from no system unless it is plain which."""
    systems = await _systems(connection, caller, named)
    if named is None and external_id is None:
        found = only(systems, records)
        return _writer(caller, systems, found.system_id if found else caller.subject_key)
    return _writer(caller, systems, choose(systems, named, records).system_id)


def recorded_by_own(table: sa.FromClause, caller: Caller) -> Condition:
    """Whether a record came from a system that the caller is bound to, or from the caller alone."""
    return sa.or_(table.c.source == caller.subject_key, from_own_systems(table, caller))


def from_own_systems(table: sa.FromClause, caller: Caller, code: str | None = None) -> Condition:
    """Whether a record came from a system that the caller is bound to: from any, or the one of that `code`."""
    bound = sa.select(source_client.c.system_id).where(source_client.c.client_key == caller.subject_key)
    if code is not None:
        bound = bound.join(source_system).where(source_system.c.code == code)
    condition: Condition = table.c.source.in_(bound)
    return condition


def identifier_of(table: sa.FromClause, caller: Caller) -> list[sa.ColumnElement[Any]]:
    """External id and system of a record, null for who is not bound to the system; see `with_identifiers`."""
    own = from_own_systems(table, caller)
    code = sa.select(source_system.c.code).where(source_system.c.system_id == table.c.source)
    return [
        sa.case((own, table.c.external_id)).label("external_id"),
        sa.case((own, code.correlate(table).scalar_subquery())).label("system"),
    ]


def with_identifiers(row: Mapping[Any, Any]) -> dict[str, Any]:
    """A row with the columns of `identifier_of`; its system and external id as a list of identifiers."""
    shown: dict[str, Any] = dict(row)
    system, value = shown.pop("system"), shown["external_id"]
    return {**shown, "identifiers": [] if None in (system, value) else [{"system": system, "value": value}]}


async def codes_of(session: AsyncSession, caller: Caller) -> list[str]:
    """Codes of the systems that the caller may write as."""
    select = sa.select(source_system.c.code).join(source_client)
    mine = sa.and_(source_client.c.client_key == caller.subject_key, ~source_system.c.retired)
    return list((await session.scalars(select.where(mine).order_by(source_system.c.code))).all())


async def list_systems(session: AsyncSession, wanted: Page) -> dict[str, Any]:
    """One page of source systems by code."""
    return await page(session, sa.select(*SHOWN), [source_system.c.code], wanted)


async def get_system(session: AsyncSession, code: str) -> dict[str, Any]:
    """One source system. Raises NotFound `source-system-unknown`."""
    found = await session.execute(sa.select(*SHOWN).where(source_system.c.code == code))
    row = found.mappings().one_or_none()
    if row is None:
        raise NotFound("source-system-unknown", "There is no such source system.")
    return dict(row)


async def list_clients(session: AsyncSession, code: str, wanted: Page) -> dict[str, Any]:
    """One page of the clients bound to a system, by key. Raises NotFound `source-system-unknown`."""
    await get_system(session, code)
    select = sa.select(*SHOWN_OF_CLIENT).join(source_system).where(source_system.c.code == code)
    return await page(session, select, [source_client.c.client_key], wanted)


async def _systems(connection: Connection, caller: Caller, named: str | None) -> list[System]:
    rows = await connection.fetch(_SYSTEMS, caller.subject_key, named)
    return [System(row[0], row[1], frozenset(row[2]), row[3], row[4]) for row in rows]


def _writer(caller: Caller, systems: list[System], source: str) -> Writer:
    own = [system.system_id for system in systems if system.bound]
    return Writer(source, caller.subject_key, [*own, caller.subject_key])
