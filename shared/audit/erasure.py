"""Somebody who is erased leaves the audit: who they were and the salts go, every hash stays as it was."""

from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

_ALONE = """
with erased as (update audit_people set person_id = null, salt = null where person_id = :person returning 1)
select count(*) from erased
"""
_AMONG = """
with erased as (update audit_people set people = nullif(array_remove(people, :person), '{}'), salt = null
    where people is not null and :person = any(people) returning 1)
select count(*) from erased
"""


async def erase(session: AsyncSession, person_id: UUID) -> int:
    """Take a person out of this service's audit. Returns in how many places; 0 the second time.

    Entries, commitments and seals stay, so that the chain verifies as before. Of those who were committed to
    together with the person, it cannot be shown any more that they were.
    """
    found = [await session.scalar(text(each), {"person": person_id}) for each in (_ALONE, _AMONG)]
    return sum(found)
