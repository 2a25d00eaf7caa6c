"""A second person approves that exactly those are deactivated which a full list did not name."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.access.queries import same_person
from services.registry.imports.commands.facilities.absent import FACILITIES
from services.registry.imports.commands.full_lists import Scope, end_absent, still_absent
from services.registry.imports.commands.people.absent import PEOPLE
from services.registry.imports.commands.people.scope import ROOT_INSIDE
from services.registry.imports.commands.posts.absent import POSTS
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

LISTED = {listed.kind: listed for listed in (PEOPLE, POSTS, FACILITIES)}


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
    listed, units = LISTED[row.kind], list(row.units)
    scope = Scope(row.system_id, units, everywhere=bool(await connection.fetchval(ROOT_INSIDE, units)))
    now = await still_absent(connection, listed, scope, import_id)
    if digest != row.absent_digest or digest != now:
        detail = "These are not the records that wait now, or some of them have changed since."
        raise Conflict("absence-differs", detail, [FieldError("/digest", "absence-differs", detail)])
    await end_absent(connection, listed, import_id, caller.subject_key)
    decided = {"absence": "approved", "decided_by": caller.subject_key, "decided_at": clock.now()}
    await session.execute(sa.update(import_run).where(_is(import_id)).values(decided))


def _is(import_id: UUID) -> sa.ColumnElement[bool]:
    return import_run.c.import_id == import_id


async def _waiting(session: AsyncSession, caller: Caller, import_id: UUID) -> Any:
    """An import that the caller may decide about."""
    rights.require(caller, DECIDE)
    columns = ("recorded_by", "system_id", "absent_digest", "kind", "units")
    own = is_own_system(import_run.c.system_id, caller).label("same_system")
    select = sa.select(*(import_run.c[name] for name in columns), own)
    row = (await session.execute(select.where(_is(import_id), may_decide(caller)))).one_or_none()
    if row is None or rights.decide(caller, DECIDE, {Reach.UNITS}) is None:
        raise NotFound("import-unknown", "There is no such import that waits for your decision.")
    return row
