"""Reading cycles."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request

from services.assessment.tables import directory
from services.assessment.tables.cycles import cycle
from services.assessment.tables.ratings import assessment
from shared.auth import rights
from shared.auth.caller import Caller
from shared.auth.rights import Reach
from shared.database.engine import Connection
from shared.disclosure import readable
from shared.errors import NotFound
from shared.http.paging import Page, page

READ = "cycle.read"
_ASSESSED = """
with people as (select distinct person_id from assessment where cycle_id = $1), numbered as (
    select person_id, (row_number() over (order by person_id) - 1) / 1000 as piece from people
)
select array_agg(person_id order by person_id) from numbered group by piece order by piece
"""
STATES = ("open", "completed", "not-measured", "expired", "withdrawn")


def within(caller: Caller, unit_code: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
    """Whether a unit lies inside the caller's units."""
    inside = sa.select(directory.unit.c.unit_code)
    return unit_code.in_(inside.where(directory.unit.c.path.overlap(list(caller.units))))


async def listing(
    session: AsyncSession, caller: Caller, wanted: Page, state: str | None, unit: str | None
) -> dict[str, Any]:
    """A page of the cycles whose scope unit lies inside the caller's units. Raises Forbidden `role-missing`."""
    rights.require(caller, READ)
    select = sa.select(cycle).where(within(caller, cycle.c.unit_code))
    if state is not None:
        select = select.where(cycle.c.state == state)
    if unit is not None:
        select = select.where(cycle.c.unit_code == unit)
    return await page(session, select, [cycle.c.starts_on, cycle.c.cycle_id], wanted)


async def one(session: AsyncSession, caller: Caller, cycle_id: UUID) -> dict[str, Any]:
    """A cycle, and how many of its assessments are in which state. Raises as `stored`.

    The numbers move with each person, so that they are only for who reads the individuals by role.
    """
    row = await stored(session, caller, READ, cycle_id)
    if not readable.by_role(caller):
        return dict(row)
    counts = sa.select(assessment.c.state, sa.func.count()).group_by(assessment.c.state)
    found = await session.execute(counts.where(assessment.c.cycle_id == cycle_id))
    by_state = dict.fromkeys(STATES, 0) | {row[0]: row[1] for row in found}
    return {**row, "assessments": by_state}


async def stored(
    session: AsyncSession, caller: Caller, right: str, cycle_id: UUID, *, lock: bool = False
) -> sa.RowMapping:
    """A cycle inside the caller's units, locked for its change where `lock`.

    Raises Forbidden `role-missing`; NotFound `cycle-unknown`, for one outside the caller's units too.
    """
    rights.require(caller, right)
    select = sa.select(cycle).where(cycle.c.cycle_id == cycle_id, within(caller, cycle.c.unit_code))
    found = await session.execute(select.with_for_update() if lock else select)
    row = found.mappings().one_or_none()
    if row is None or rights.decide(caller, right, {Reach.UNITS}, unit=row["unit_code"]) is None:
        raise NotFound("cycle-unknown", "There is no such cycle, or none that you may see.")
    return row


async def assessed_people(connection: Connection, request: Request) -> AsyncIterator[list[UUID]]:
    """For the audit: whose assessments the opening of a cycle made, each once, up to 1,000 at a time."""
    async for row in connection.cursor(_ASSESSED, UUID(request.path_params["cycle_id"]), prefetch=8):
        yield row[0]
