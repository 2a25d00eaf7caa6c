"""The order of systems, set by field."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.tables.source_systems import field_precedence, source_system
from shared import clock
from shared.database.engine import lock
from shared.errors import FieldError, Invalid


async def put_precedence(session: AsyncSession, field: str, codes: Sequence[str], by: str) -> None:
    """Let systems have the say about a field of people in the order of their codes; none: no order.

    Lines that were taken before are read afresh at the next load. Raises Invalid `source-system-unknown`.
    """
    found = await session.execute(
        sa.select(source_system.c.code, source_system.c.system_id).where(source_system.c.code.in_(codes))
    )
    known = {row.code: row.system_id for row in found}
    errors = [
        FieldError(f"/systems/{place}", "source-system-unknown", "There is no such source system.")
        for place, code in enumerate(codes)
        if code not in known
    ]
    if errors:
        raise Invalid("source-system-unknown", "There is no such source system.", errors)
    row = {"systems": [known[code] for code in codes], "recorded_at": clock.now(), "recorded_by": by}
    statement = insert(field_precedence).values(field=field, version=1, **row)
    raised = {**row, "version": field_precedence.c.version + 1}
    await session.execute(statement.on_conflict_do_update(index_elements=["field"], set_=raised))


async def precedence_version(session: AsyncSession, field: str) -> int:
    """The version of a field's order, 0 without one; until the end of the transaction nobody else changes it."""
    await lock(session, f"field-precedence {field}")
    mine = field_precedence.c.field == field
    return await session.scalar(sa.select(field_precedence.c.version).where(mine)) or 0
