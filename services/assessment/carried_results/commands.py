"""Takes over the results of people who came from other regions."""

from collections.abc import Sequence
from uuid import UUID

import msgspec
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.assessment.merged_assessments.commands import people as merged_assessments
from services.assessment.rollups.commands.rollups import count_again
from services.assessment.tables.carried_results import carried_result
from shared.directory import merges
from shared.events.person_arrivals import PersonArrived
from shared.messaging.subscriptions import Received


async def take(session: AsyncSession, events: Sequence[Received[PersonArrived]]) -> None:
    """Store what each brought; a repeat changes nothing. In a period of these results they count elsewhere."""
    rows = [
        {
            **msgspec.structs.asdict(result),
            "origin": event.data.origin,
            "transfer_id": UUID(event.data.transfer_id),
            "number": number,
            "person_id": UUID(event.data.person_id),
        }
        for event in events
        for number, result in enumerate(event.data.results)
    ]
    if not rows:
        return
    await session.execute(insert(carried_result).values(rows).on_conflict_do_nothing())
    people = sorted({UUID(event.data.person_id) for event in events if event.data.results})
    settled = await merges.settle(session, merged_assessments.TABLES, people)
    await count_again(session, settled)
