"""A second person approves that exactly those are deactivated whom a full list did not name."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.access.queries import same_person
from services.registry.imports.commands.people.absent import DIGEST
from services.registry.imports.commands.people.leavers import MAKE_LEAVERS, let_leave
from services.registry.imports.commands.report import begin
from services.registry.imports.queries import DECIDE, may_decide
from services.registry.source_systems.queries import is_own_system
from services.registry.tables.imports import import_run
from shared import clock
from shared.auth import rights
from shared.auth.caller import Caller
from shared.auth.rights import Reach
from shared.database.engine import raw
from shared.errors import Conflict, FieldError, Forbidden, NotFound

# Who is still as the list found them: active, unchanged, and known to the system.
_SAME = """
(select a.person_id, a.version from import_absent a join person p using (person_id)
    where a.import_id = $1 and p.version = a.version and p.deactivated_on is null
      and exists (select from identified_person i where i.person_id = a.person_id and i.system_id = $2)) same
"""
_LEAVERS = """
insert into leaver select 0, $2, null, null, person_id, null, null from import_absent where import_id = $1
"""


async def approve(session: AsyncSession, caller: Caller, import_id: UUID, digest: str) -> None:
    """Deactivate those who wait for it, named by the `digest` of the set, as recorded by the caller.

    Raises Forbidden `role-missing` and `import-own`, NotFound `import-unknown`, Conflict `absence-differs`.
    """
    row = await _waiting(session, caller, import_id)
    sent = await same_person(session, row.recorded_by, caller.subject_key)
    if sent or row.same_system or caller.client:
        detail = "Somebody else decides: not who sent the list, and no client of its system."
        raise Forbidden("import-own", detail)
    connection = await raw(session)
    await begin(connection, row.system_id)
    await session.execute(sa.select(import_run.c.import_id).where(_is(import_id)).with_for_update())
    row = await _waiting(session, caller, import_id)  # a list may have come meanwhile
    now = await connection.fetchval(DIGEST.format(_SAME), import_id, row.system_id)
    if digest != row.absent_digest or digest != now:
        detail = "These are not the people who wait now, or some of them have changed since."
        raise Conflict("absence-differs", detail, [FieldError("/digest", "absence-differs", detail)])
    await connection.execute(MAKE_LEAVERS)
    await connection.execute(_LEAVERS, import_id, clock.today())
    await let_leave(connection, caller.subject_key)
    decided = {"absence": "approved", "decided_by": caller.subject_key, "decided_at": clock.now()}
    await session.execute(sa.update(import_run).where(_is(import_id)).values(decided))


def _is(import_id: UUID) -> sa.ColumnElement[bool]:
    return import_run.c.import_id == import_id


async def _waiting(session: AsyncSession, caller: Caller, import_id: UUID) -> Any:
    """An import that the caller may decide about."""
    rights.require(caller, DECIDE)
    columns = ("recorded_by", "system_id", "absent_digest")
    own = is_own_system(import_run.c.system_id, caller).label("same_system")
    select = sa.select(*(import_run.c[name] for name in columns), own)
    row = (await session.execute(select.where(_is(import_id), may_decide(caller)))).one_or_none()
    if row is None or rights.decide(caller, DECIDE, {Reach.UNITS}) is None:
        raise NotFound("import-unknown", "There is no such import that waits for your decision.")
    return row
