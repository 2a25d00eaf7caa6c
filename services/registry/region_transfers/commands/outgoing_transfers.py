"""Somebody leaves for another region: posts end the day before, and it is on record who sealed what for whom."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.leavings.leaving import Leaving
from services.registry.people.commands.people import deactivate_person, find_person
from services.registry.tables.region_transfers import departure
from shared import clock
from shared.errors import Conflict

LEAVING = Leaving("transferred-out", "another-region")


async def depart(
    session: AsyncSession, person_id: UUID, values: Mapping[str, Any], by: str
) -> dict[str, Any]:
    """Record a transfer and let the person leave from its day; the same once more changes nothing.

    Raises Conflict `transfer-changed` where the id is another transfer's, `person-deactivated` also of who goes
    to a region already: what was sealed twice could be accepted twice, and the person counted in two regions.
    """
    row = {**values, "person_id": person_id, "recorded_at": clock.now(), "recorded_by": by}
    added = await session.scalar(
        insert(departure).values(row).on_conflict_do_nothing().returning(departure.c.transfer_id)
    )
    select = sa.select(departure).where(departure.c.transfer_id == values["transfer_id"])
    stored = dict((await session.execute(select)).mappings().one())
    if added is None:
        same = all(stored[name] == value for name, value in {**values, "person_id": person_id}.items())
        if not same:
            raise Conflict("transfer-changed", "There is another transfer of this id.")
        return stored
    await _require_here(session, person_id, values["transfer_id"])
    await deactivate_person(session, person_id, values["moved_on"], by, LEAVING)
    return stored


async def _require_here(session: AsyncSession, person_id: UUID, transfer_id: UUID) -> None:
    row = await find_person(session, person_id)
    if row["deactivated_on"] is None or (row["leaving_reason"], row["leaving_destination"]) != LEAVING:
        return
    other = sa.exists().where(departure.c.person_id == person_id, departure.c.transfer_id != transfer_id)
    if await session.scalar(sa.select(other)):
        raise Conflict(
            "person-deactivated", f"The person goes to a region already, on {row['deactivated_on']}."
        )
