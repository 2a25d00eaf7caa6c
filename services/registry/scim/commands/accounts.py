"""What one source system calls a person in SCIM: the userName, unique in the system, and the employee number."""

from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.scim.queries.filters import user_key
from services.registry.source_systems.queries import Writer
from services.registry.tables.scim import scim_account
from shared import clock
from shared.errors import Conflict, FieldError


async def keep_account(
    session: AsyncSession, person_id: UUID, user_name: str, employee_number: str | None, writer: Writer
) -> bool:
    """Let the writer's system call the person so. Returns whether anything is new.

    Raises Conflict `user-name-taken` where the system calls somebody else so.
    """
    key = user_key(user_name)
    own = sa.and_(scim_account.c.person_id == person_id, scim_account.c.system_id == writer.source)
    before = (await session.execute(sa.select(scim_account).where(own))).mappings().one_or_none()
    stated = {"user_key": key, "user_name": user_name, "employee_number": employee_number}
    if before is not None and all(before[column] == value for column, value in stated.items()):
        return False
    if before is None and user_name == str(person_id) and employee_number is None:
        return False  # what is shown of who has no name yet
    await _claim(session, key, person_id, writer)
    await session.execute(sa.delete(scim_account).where(own))
    recorded = {"recorded_at": clock.now(), "recorded_by": writer.by}
    row = {**stated, "person_id": person_id, "system_id": writer.source, **recorded}
    await session.execute(sa.insert(scim_account).values(**row))
    return True


async def drop_accounts(session: AsyncSession, person_id: UUID) -> None:
    """No system calls the person anything in SCIM any more: others may be called so."""
    await session.execute(sa.delete(scim_account).where(scim_account.c.person_id == person_id))


async def _claim(session: AsyncSession, key: str, person_id: UUID, writer: Writer) -> None:
    """Writers of the same name queue up, so that the second one sees the first one's row."""
    lock = sa.func.hashtextextended(f"user name\n{writer.source}\n{key}", 1)
    await session.execute(sa.select(sa.func.pg_advisory_xact_lock(lock)))
    same = sa.and_(scim_account.c.user_key == key, scim_account.c.system_id == writer.source)
    held = await session.scalar(sa.select(scim_account.c.person_id).where(same))
    if held is not None and held != person_id:
        error = FieldError("userName", "user-name-taken", "Another person of the system has it.")
        raise Conflict("user-name-taken", "The userName is taken.", [error])
