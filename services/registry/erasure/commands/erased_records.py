"""A person is erased from registry: posts and shares go on under a pseudonym, and so do all records of theirs."""

from collections.abc import Set
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.erasure.commands.forgotten_names import (
    forget_names,
    remember_identifiers,
    stored_names,
)
from services.registry.merged_people.commands.both_people import hold_up_imports, lock_whole
from services.registry.merged_people.commands.undoing import undo_newest
from services.registry.tables import metadata
from services.registry.tables.erasures import erasure
from services.registry.tables.people import person
from shared import clock
from shared.erasure import commands as erasing
from shared.erasure import messages
from shared.erasure.pseudonyms import pseudonym
from shared.events.registry import PersonErased

OF_NOBODY = "erased"  # the source of what is left: no system's


async def erase(session: AsyncSession, person_id: UUID) -> None:
    """Delete what names a person, in their record and all that are part of it. Safe to repeat.

    Posts and shares go on under the pseudonyms of the ids that they have, and what is part of what stays.
    """
    rows = await lock_whole(session, [person_id])
    parts = [UUID(each) for each in rows if each != str(person_id)]
    for each in (*parts, person_id):  # what the parts lent to others is found by the merges that led there
        await _erase_record(session, each, rows.get(str(each)))


async def repeat(session: AsyncSession, event: PersonErased, everybody: Set[UUID]) -> None:
    """Erase somebody again who is back from a backup, and note the erasure where the backup lacks it.

    `everybody` are the ids of all who were erased. Who was one with the person then, and is none of them, was
    parted since: that is done again first.
    """
    person_id = UUID(event.person_id)
    await hold_up_imports(session, [person_id])
    await erase(session, await _parted(session, person_id, everybody))
    columns = erasure.c
    known = sa.exists().where(
        columns.erased_at == event.erased_at, columns.confirmed_by == event.confirmed_by
    )
    if not await session.scalar(sa.select(known)):
        times = {"requested_at": event.erased_at, "erased_at": event.erased_at}
        by = {"requested_by": OF_NOBODY, "confirmed_by": event.confirmed_by, "digest": event.digest}
        await session.execute(sa.insert(erasure).values(**times, **by))


async def sweep(session: AsyncSession) -> int:
    """Erase once more what came about while somebody was erased. Returns how many were looked at."""
    return await erasing.sweep(session, metadata, forget_names)


async def _parted(session: AsyncSession, person_id: UUID, everybody: Set[UUID]) -> UUID:
    """The record that the person's is part of, once all that are one with it are of `everybody`."""
    while True:
        row = (await lock_whole(session, [person_id])).get(str(person_id))
        whole = UUID(str(row["merged_into"])) if row and row["merged_into"] else person_id
        records = {UUID(each) for each in await lock_whole(session, [whole])}
        if records <= everybody or not await undo_newest(session, whole, OF_NOBODY):
            return whole


async def _erase_record(session: AsyncSession, person_id: UUID, row: sa.RowMapping | None) -> None:
    names = await stored_names(session, person_id)
    await remember_identifiers(session, person_id)
    await forget_names(session, person_id)
    await session.execute(sa.delete(erasure).where(erasure.c.subject_id == person_id))
    if row is not None:
        await _leave_a_stub(session, row)
    await erasing.erase(session, metadata, [person_id])
    await messages.forget(session, person_id, *names)


async def _leave_a_stub(session: AsyncSession, row: sa.RowMapping) -> None:
    """What headcounts need of somebody whose posts stay: that they were there, their sex, and part of whom."""
    facts = {name: row[name] for name in ("sex", "deactivated_on", "leaving_reason", "leaving_destination")}
    whole = row["merged_into"]
    stub: dict[str, Any] = {
        "person_id": pseudonym(UUID(str(row["person_id"]))), "version": row["version"] + 1, "source": OF_NOBODY,
        "family_name": "", "recorded_at": clock.now(), "recorded_by": OF_NOBODY, "erased": True,
        "merged_into": pseudonym(UUID(str(whole))) if whole else None, **facts,
    }  # fmt: skip
    await session.execute(sa.insert(person).values(stub))
    await session.execute(sa.delete(person).where(person.c.person_id == row["person_id"]))
