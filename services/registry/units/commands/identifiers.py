"""What a source system calls a unit: given, changed, taken away."""

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.publication.commands import announce_units, keep_units
from services.registry.source_systems.queries import Writer
from services.registry.tables.identifiers import unit_identifier
from shared import clock
from shared.database.engine import lock, raw
from shared.errors import Conflict, FieldError, NotFound


async def identify_unit(session: AsyncSession, code: str, value: str, writer: Writer) -> None:
    """Let the writer's system call a unit `value`, and nothing else any more. Nothing new, no version.

    Raises Conflict `external-id-taken` where it calls another unit so.
    """
    await lock(session, f"unit identifier\n{writer.source}\n{value}")
    of_system = unit_identifier.c.system_id == writer.source
    holder = sa.select(unit_identifier.c.unit_code).where(of_system, unit_identifier.c.value == value)
    held = await session.scalar(holder)
    if held == code:
        return
    if held is not None:
        error = FieldError("/value", "external-id-taken", "Another unit of the system has it.")
        raise Conflict("external-id-taken", "The external id is taken.", [error])
    await _forget(session, code, writer)
    row = {"value": value, "system_id": writer.source, "unit_code": code}
    recorded = {"recorded_at": clock.now(), "recorded_by": writer.by}
    await session.execute(sa.insert(unit_identifier).values(**row, **recorded))
    await _publish(session, code, writer)


async def unidentify_unit(session: AsyncSession, code: str, writer: Writer) -> None:
    """The writer's system calls the unit nothing any more. Raises NotFound `identifier-unknown`."""
    if not await _forget(session, code, writer):
        raise NotFound("identifier-unknown", "The source system has no identifier of it.")
    await _publish(session, code, writer)


async def _forget(session: AsyncSession, code: str, writer: Writer) -> bool:
    mine = sa.and_(unit_identifier.c.unit_code == code, unit_identifier.c.system_id == writer.source)
    removed = await session.execute(sa.delete(unit_identifier).where(mine).returning(unit_identifier.c.value))
    return removed.one_or_none() is not None


async def _publish(session: AsyncSession, code: str, writer: Writer) -> None:
    """A new version; what is published of the unit does not name its identifiers."""
    connection = await raw(session)
    await keep_units(connection, [code], writer.by)
    await announce_units(connection, [code])
