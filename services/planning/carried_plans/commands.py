"""Takes over the plans of people who came from other regions."""

from collections.abc import Sequence
from uuid import UUID

import msgspec
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.merged_plans import commands as merged_plans
from services.planning.tables.carried_plans import carried_plan
from shared.events.person_arrivals import PersonArrived
from shared.messaging.subscriptions import Received


async def take(session: AsyncSession, events: Sequence[Received[PersonArrived]]) -> None:
    """Store what each brought; a repeat changes nothing."""
    rows = [
        {
            "origin": event.data.origin,
            "transfer_id": UUID(event.data.transfer_id),
            "number": number,
            "person_id": UUID(event.data.person_id),
            "proposed_at": plan.proposed_at,
            "plan": msgspec.to_builtins(plan),
        }
        for event in events
        for number, plan in enumerate(event.data.plans)
    ]
    if not rows:
        return
    await session.execute(insert(carried_plan).values(rows).on_conflict_do_nothing())
    await merged_plans.settle(session, sorted({row["person_id"] for row in rows}))
