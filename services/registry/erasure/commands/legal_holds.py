"""Legal holds: nobody erases a person, or what their record said, as long as one is there."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.merged_people.commands.both_people import parts_of
from services.registry.people.commands.people import find_person
from services.registry.tables.erasures import legal_hold
from shared import clock
from shared.errors import NotFound


async def hold(session: AsyncSession, person_id: UUID, reason: str, by: str) -> dict[str, Any]:
    """Let nobody erase a person; a later reason takes the place of an earlier one."""
    await find_person(session, person_id)
    await session.execute(sa.delete(legal_hold).where(legal_hold.c.person_id == person_id))
    row = {"person_id": person_id, "reason": reason, "recorded_at": clock.now(), "recorded_by": by}
    return dict(
        (await session.execute(sa.insert(legal_hold).values(row).returning(legal_hold))).mappings().one()
    )


async def release(session: AsyncSession, person_id: UUID) -> None:
    """Lift the hold on a person, and those on records that are part of theirs. Raises NotFound `hold-unknown`."""
    whose = sa.or_(legal_hold.c.person_id == person_id, legal_hold.c.person_id.in_(parts_of([person_id])))
    held = sa.delete(legal_hold).where(whose)
    if not (await session.execute(held.returning(legal_hold.c.person_id))).all():
        raise NotFound("hold-unknown", "Nothing holds the person's data.")
