"""People: recorded, changed, tied to their sign-ins, deactivated."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.leavings.leaving import UNSAID, Leaving, check_leaving
from services.registry.matching.commands.candidates import compare_later
from services.registry.people.commands import sign_ins as sign_ins_of
from services.registry.people.commands.sign_ins import Condition, SignIn
from services.registry.posts.commands.posts import end_posts
from services.registry.publication.commands import announce_people, keep_people
from services.registry.source_systems.commands import share_imports
from services.registry.source_systems.queries import Writer
from services.registry.tables.erasures import erased_identifier
from services.registry.tables.identifiers import former_identifier, identified_person
from services.registry.tables.people import person
from shared import clock
from shared.database.engine import raw
from shared.erasure.pseudonyms import identifier_digest
from shared.errors import Conflict, FieldError, Invalid, NotFound
from shared.fields import Wrong


async def find_person(session: AsyncSession, person_id: UUID) -> sa.RowMapping:
    """The person's row, locked. Raises NotFound `person-unknown`, also of one that was merged meanwhile."""
    found = await session.execute(sa.select(person).where(person.c.person_id == person_id).with_for_update())
    row = found.mappings().one_or_none()
    if row is None or row["merged_into"] is not None:
        raise NotFound("person-unknown", "There is no such person, or none that you may see.")
    return row


async def create_person(
    session: AsyncSession,
    values: Mapping[str, Any],
    sign_ins: Sequence[SignIn],
    writer: Writer,
    seen: Condition,
) -> UUID:
    """A new person from the columns of `person`; `seen` as in `sign_ins.tie`. Returns the id.

    Raises Conflict `external-id-taken` when the system has used the external id for another person.
    """
    external_id, source = values.get("external_id"), writer.source
    if external_id is not None:
        await claim_external_id(session, source, external_id, "/external_id")
    check_birth_year(values.get("birth_year"))
    row = {**values, "version": 1, "source": source, "recorded_at": clock.now(), "recorded_by": writer.by}
    person_id: UUID = await session.scalar(sa.insert(person).values(**row).returning(person.c.person_id))
    await sign_ins_of.tie(session, person_id, sign_ins, seen)
    connection = await raw(session)
    await compare_later(connection, [person_id])
    await announce_people(connection, [person_id])
    return person_id


async def claim_external_id(
    session: AsyncSession, source: str, value: str, pointer: str, person_id: UUID | None = None
) -> bool:
    """Whether a system calls the person `value` already; if nobody is called so, nobody else will be meanwhile.

    Raises Conflict `external-id-taken` where somebody else is, `identifier-erased` where they were erased.
    """
    await share_imports(session, source)
    await session.execute(_lock_id(source, value))
    same = sa.and_(identified_person.c.system_id == source, identified_person.c.value == value)
    before = sa.and_(former_identifier.c.system_id == source, former_identifier.c.value == value)
    held = await session.scalar(sa.select(identified_person.c.person_id).where(same))
    former = await session.scalar(sa.select(former_identifier.c.person_id).where(before))
    if former is not None and former != person_id:
        held = former
    if held is None:
        await _refuse_erased(session, source, value, pointer)
        return False
    if held != person_id:
        error = FieldError(pointer, "external-id-taken", "Another person of the system has it.")
        raise Conflict("external-id-taken", "The external id is taken.", [error])
    return True


async def _refuse_erased(session: AsyncSession, source: str, value: str, pointer: str) -> None:
    digest = erased_identifier.c.digest == identifier_digest(source, value)
    if await session.scalar(sa.select(sa.exists().where(digest))):
        error = FieldError(pointer, "identifier-erased", "Whoever the system called so was erased.")
        raise Conflict("identifier-erased", "The person was erased.", [error])


async def change_person(
    session: AsyncSession,
    person_id: UUID,
    values: Mapping[str, Any],
    sign_ins: Sequence[SignIn] | None,
    by: str,
    seen: Condition,
) -> None:
    """Change attributes, and the sign-ins when given (`seen` as in `sign_ins.tie`). Nothing new, no version."""
    row = await find_person(session, person_id)
    check_birth_year(values.get("birth_year"))
    if "deactivated_on" in values and values["deactivated_on"] is None:  # who is back has not left
        values = {**values, "leaving_reason": None, "leaving_destination": None}
    if sign_ins is not None:
        await sign_ins_of.keep_own(session, person_id, by, sign_ins)
    changed = {column: value for column, value in values.items() if row[column] != value}
    known = await sign_ins_of.keys_of(session, person_id)
    tied = sign_ins is not None and {key for _, _, key in sign_ins} != known
    if not changed and not tied:
        return
    connection = await raw(session)
    await keep_people(connection, [person_id])
    change = recorded(row, by)
    await session.execute(
        sa.update(person).where(person.c.person_id == person_id).values(**changed, **change)
    )
    await compare_later(connection, [person_id] if changed else [])
    if tied:
        await sign_ins_of.replace(session, person_id, sign_ins or (), seen)
    await announce_people(connection, [person_id])


async def deactivate_person(
    session: AsyncSession, person_id: UUID, on: date, by: str, leaving: Leaving = UNSAID
) -> None:
    """The person has left from the day `on`: posts end the day before, later ones are withdrawn.

    Everything stays readable as versions. Raises Conflict `person-deactivated`, Invalid `leaving-wrong`.
    """
    _check_leaving(leaving)
    row = await find_person(session, person_id)
    if row["deactivated_on"] is not None and row["deactivated_on"] <= on:
        raise Conflict("person-deactivated", f"The person has left already, from {row['deactivated_on']}.")
    if leaving == UNSAID:  # an earlier day of a leaving for the same reason
        leaving = Leaving(row["leaving_reason"], row["leaving_destination"])
    connection = await raw(session)
    await keep_people(connection, [person_id])
    change = recorded(row, by)
    statement = sa.update(person).where(person.c.person_id == person_id)
    codes = {"leaving_reason": leaving.reason, "leaving_destination": leaving.destination}
    await session.execute(statement.values(deactivated_on=on, **codes, **change))
    await end_posts(session, person_id, on, by, leaving)
    await announce_people(connection, [person_id])


def _check_leaving(leaving: Leaving) -> None:
    try:
        check_leaving(leaving, service=True, pointers=("/query/reason", "/query/destination"))
    except Wrong as wrong:
        error = FieldError(wrong.pointer, wrong.code, wrong.detail)
        raise Invalid("leaving-wrong", "Reason and destination do not go together.", [error]) from None


def recorded(row: sa.RowMapping, by: str) -> dict[str, Any]:
    """What every change sets; the line that an import took no longer says what is stored."""
    return {"version": row["version"] + 1, "recorded_at": clock.now(), "recorded_by": by, "line_digest": None}


def check_birth_year(year: int | None) -> None:
    """Raises Invalid `birth-year-wrong` outside 1900 to this year."""
    if year is not None and not 1900 <= year <= clock.today().year:
        error = FieldError("/birth_year", "birth-year-wrong", "A year from 1900 to this one is expected.")
        raise Invalid("birth-year-wrong", "The birth year cannot be right.", [error])


def _lock_id(source: str, external_id: str) -> sa.Select[Any]:
    """Writers of the same id queue up, so that the second one sees the first one's row."""
    return sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtextextended(f"{source}\n{external_id}", 1)))
