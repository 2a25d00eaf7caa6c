"""What a source system calls a person: given, changed, taken away.

The system that a person was first recorded by has its value in `person`, others in `person_identifier`.
"""

from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.people.commands.people import claim_external_id, find_person, recorded
from services.registry.publication.commands import announce_people, keep_people
from services.registry.source_systems.queries import Writer
from services.registry.tables.identifiers import former_identifier, identified_person, person_identifier
from services.registry.tables.people import person
from shared import clock
from shared.database.engine import raw
from shared.errors import NotFound


async def identify_person(
    session: AsyncSession, person_id: UUID, value: str, writer: Writer, *, renumbered: bool = False
) -> None:
    """Let the writer's system call a person `value`, and nothing else any more. Nothing new, no version.

    `renumbered`: what it called them before stays theirs, as a former number.
    Raises Conflict `external-id-taken` where it calls somebody else so, or did.
    """
    if not await claim_external_id(session, writer.source, value, "/value", person_id):
        await _take_former(session, person_id, value, writer, renumbered=renumbered)
        await _record(session, person_id, value, writer)


async def unidentify_person(session: AsyncSession, person_id: UUID, writer: Writer) -> None:
    """The writer's system calls the person nothing any more. Raises NotFound `identifier-unknown`."""
    known = identified_person.c
    mine = sa.and_(known.person_id == person_id, known.system_id == writer.source)
    if await session.scalar(sa.select(known.value).where(mine)) is None:
        raise NotFound("identifier-unknown", "The source system has no identifier of it.")
    await _record(session, person_id, None, writer)


async def _take_former(
    session: AsyncSession, person_id: UUID, value: str, writer: Writer, *, renumbered: bool
) -> None:
    """The current number becomes a former one where the person is renumbered; `value` is none any more."""
    former, known = former_identifier.c, identified_person.c
    again = sa.and_(former.system_id == writer.source, former.value == value)
    await session.execute(sa.delete(former_identifier).where(again))
    if renumbered:
        mine = sa.and_(known.person_id == person_id, known.system_id == writer.source)
        moment, by = sa.literal(clock.now()), sa.literal(writer.by)
        current = sa.select(known.value, known.system_id, known.person_id, moment, by).where(mine)
        await session.execute(sa.insert(former_identifier).from_select(list(former.keys()), current))


async def _record(session: AsyncSession, person_id: UUID, value: str | None, writer: Writer) -> None:
    """A new version; what is published of the person does not name identifiers."""
    row = await find_person(session, person_id)
    connection = await raw(session)
    await keep_people(connection, [person_id])
    first = row["source"] == writer.source
    if not first:
        await _record_further(session, person_id, value, writer)
    changed = {"external_id": value} if first else {}
    statement = sa.update(person).where(person.c.person_id == person_id)
    await session.execute(statement.values(**changed, **recorded(row, writer.by)))
    await announce_people(connection, [person_id])


async def _record_further(session: AsyncSession, person_id: UUID, value: str | None, writer: Writer) -> None:
    of_system = person_identifier.c.system_id == writer.source
    mine = sa.and_(person_identifier.c.person_id == person_id, of_system)
    await session.execute(sa.delete(person_identifier).where(mine))
    if value is not None:
        row = {"value": value, "system_id": writer.source, "person_id": person_id}
        by = {"recorded_at": clock.now(), "recorded_by": writer.by}
        await session.execute(sa.insert(person_identifier).values(**row, **by))
