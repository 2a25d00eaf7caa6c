"""Source systems: registered, changed, bound to the clients that write as them."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from uuid import uuid4

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.source_systems.queries import SHOWN_OF_CLIENT
from services.registry.tables.source_systems import source_client, source_system
from services.registry.tables.states import Connection
from shared import clock
from shared.auth.caller import subject_key
from shared.database.engine import Database, lock
from shared.errors import Conflict, FieldError, NotFound
from shared.settings import Settings

LOCAL: dict[str, Any] = {
    "code": "local",
    "name": "Development client",
    "kind": "hris",
    "sends": ["people", "posts", "units"],
    "retired": False,
}
_HOLD = "select pg_advisory_xact_lock(hashtextextended($1, 0))"  # as `shared.database.engine.lock` does
_LOCAL_CLIENT = "hris"  # subject of the tokens that the development issuer gives the role hris
_IMPORTS = "import {}"  # a lock of each system: an import, which looks for external ids once, holds it alone
_CODES = "source-system-codes"  # a lock: two registrations or changes of code queue up


async def share_imports(session: AsyncSession, source: str) -> None:
    """Wait for an import of the system, and hold the next one up. Take it before rows: imports lock them too."""
    await lock(session, _IMPORTS.format(source), shared=True)


async def hold_imports(connection: Connection, source: str) -> None:
    """Wait until nobody else writes records of the system by its ids, and let nobody do so meanwhile."""
    await connection.execute(_HOLD, _IMPORTS.format(source))


async def find_system(session: AsyncSession, code: str) -> sa.RowMapping:
    """The system's row, locked. Raises NotFound `source-system-unknown`."""
    select = sa.select(source_system).where(source_system.c.code == code).with_for_update()
    row = (await session.execute(select)).mappings().one_or_none()
    if row is None:
        raise NotFound("source-system-unknown", "There is no such source system.")
    return row


async def register_system(session: AsyncSession, values: Mapping[str, Any], by: str) -> None:
    """A new system from the columns of `source_system`. Raises Conflict `source-system-exists`."""
    await _free_code(session, values["code"])
    if values.get("uri") is not None:
        await _free_uri(session, values["uri"])
    recorded = {"version": 1, "recorded_at": clock.now(), "recorded_by": by}
    await session.execute(sa.insert(source_system).values(system_id=uuid4().hex, **values, **recorded))


async def change_system(session: AsyncSession, code: str, values: Mapping[str, Any], by: str) -> None:
    """Change what is known of a system, its code too. Nothing new, no version.

    Raises Conflict `source-system-exists`.
    """
    row = await find_system(session, code)
    changed = {column: value for column, value in values.items() if row[column] != value}
    if not changed:
        return
    if "code" in changed:
        await _free_code(session, changed["code"])
    if changed.get("uri") is not None:
        await _free_uri(session, changed["uri"])
    recorded = {"version": row["version"] + 1, "recorded_at": clock.now(), "recorded_by": by}
    statement = sa.update(source_system).where(source_system.c.system_id == row["system_id"])
    await session.execute(statement.values(**changed, **recorded))


async def bind_client(
    session: AsyncSession, code: str, client: tuple[str, str, str], by: str
) -> dict[str, Any]:
    """Let a client, issuer, subject and key, write as a system. One that does already goes on to."""
    row = await find_system(session, code)
    issuer, name, key = client
    values = {"client_key": key, "system_id": row["system_id"], "iss": issuer, "sub": name}
    statement = insert(source_client).values(**values, recorded_at=clock.now(), recorded_by=by)
    known = {"iss": statement.excluded.iss, "sub": statement.excluded.sub}
    statement = statement.on_conflict_do_update(index_elements=["client_key", "system_id"], set_=known)
    return dict((await session.execute(statement.returning(*SHOWN_OF_CLIENT))).mappings().one())


async def unbind_client(session: AsyncSession, code: str, key: str) -> dict[str, Any]:
    """A client writes as a system no more. What it wrote stays. Raises NotFound `source-client-unknown`."""
    row = await find_system(session, code)
    bound = sa.and_(source_client.c.system_id == row["system_id"], source_client.c.client_key == key)
    removed = await session.execute(sa.delete(source_client).where(bound).returning(*SHOWN_OF_CLIENT))
    found = removed.mappings().one_or_none()
    if found is None:
        raise NotFound("source-client-unknown", "No such client is bound to the source system.")
    return dict(found)


def local_system(settings: Settings) -> Callable[[Database], Awaitable[None]]:
    """A start-up step: in local mode the development issuer's HRIS client writes as a system, `local`.

    A client that is bound already stays as it is. Outside local mode nothing is bound by itself.
    """
    key = subject_key(settings.subject_pepper, settings.oidc_issuer, _LOCAL_CLIENT)

    async def bind(database: Database) -> None:
        if settings.mode != "local":
            return
        async with database.session() as session:
            await lock(session, _CODES)
            bound = sa.select(source_client.c.system_id).where(source_client.c.client_key == key)
            if await session.scalar(bound.limit(1)) is not None:
                return
            known = sa.select(source_system.c.code).where(source_system.c.code == LOCAL["code"])
            if await session.scalar(known) is None:
                await register_system(session, LOCAL, key)
            await bind_client(session, LOCAL["code"], (settings.oidc_issuer, _LOCAL_CLIENT, key), key)

    return bind


async def _free_code(session: AsyncSession, code: str) -> None:
    await lock(session, _CODES)
    if await session.scalar(sa.select(source_system.c.code).where(source_system.c.code == code)):
        error = FieldError("/code", "source-system-exists", "Another source system has it.")
        raise Conflict("source-system-exists", "There is a source system with this code already.", [error])


async def _free_uri(session: AsyncSession, uri: str) -> None:
    await lock(session, _CODES)
    if await session.scalar(sa.select(source_system.c.uri).where(source_system.c.uri == uri)):
        error = FieldError("/uri", "source-system-exists", "Another source system has it.")
        raise Conflict("source-system-exists", "There is a source system with this URI already.", [error])
