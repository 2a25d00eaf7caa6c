"""Plans agreed, rearranged and closed. `row` is a locked plan as `queries.plans.one` gives it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from uuid_utils.compat import uuid7

from services.planning.catalogue import queries as catalogue
from services.planning.catalogue.interventions import Intervention
from services.planning.plans import plan_states, representations
from services.planning.plans.queries import complete
from services.planning.tables.plans import activity, plan
from shared import clock
from shared.errors import FieldError, Invalid
from shared.events.planning import PlanAgreed
from shared.messaging import outbox

Plan = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Wish:
    """One activity of a rearranged plan: a present one kept, or an intervention added; when it is due."""

    activity_id: UUID | None
    intervention_code: str | None
    due_on: date


async def touch(session: AsyncSession, row: Plan, **values: Any) -> Plan:
    """Change a plan's own row; its version goes up with every change of anything on it."""
    changed = {**values, "version": row["version"] + 1}
    await session.execute(sa.update(plan).where(plan.c.plan_id == row["plan_id"]).values(changed))
    return {**row, **changed}


async def agree(session: AsyncSession, row: Plan) -> Plan:
    """Agree a proposed plan: from now on its activities are due.

    Raises Conflict `plan-not-proposed` or `plan-empty`.
    """
    plan_states.check_agree(row["state"], len(row["activities"]))
    agreed = await touch(session, row, state="agreed", agreed_at=clock.now())
    await publish_agreed(session, agreed)
    return agreed


async def publish_agreed(session: AsyncSession, agreed: Plan) -> None:
    """Say what is agreed at the plan's version: every activity but those cancelled, which are not due."""
    live = [item for item in agreed["activities"] if item["state"] != "cancelled"]
    event = PlanAgreed(**representations.plan_fields(agreed, live), agreed_at=agreed["agreed_at"])
    await outbox.add(session, event, aggregate_id=event.plan_id, version=agreed["version"])


async def close(session: AsyncSession, row: Plan, outcome: str) -> Plan:
    """End a plan. Raises Conflict `plan-closed`."""
    plan_states.check_close(row["state"])
    closed = await touch(session, row, state="closed", outcome=outcome, closed_at=clock.now())
    event = representations.plan_closed(closed)
    await outbox.add(session, event, aggregate_id=event.plan_id, version=closed["version"])
    return closed


async def rearrange(session: AsyncSession, row: Plan, wishes: Sequence[Wish]) -> Plan:
    """Give a proposed plan exactly these activities, and say so: evaluation shows them before they are agreed.

    Limits that it then goes beyond are shown as warnings: a person may decide so. Raises Conflict
    `plan-not-proposed` and Invalid `activities-invalid` with a pointer to each wrong one.
    """
    plan_states.check_change(row["state"])
    present = {item["activity_id"]: item for item in row["activities"]}
    offered = (await catalogue.offered(session)).offered
    if errors := _errors(wishes, present, offered, row["level"]):
        raise Invalid("activities-invalid", "Some activities cannot be in this plan.", errors)
    activities = [_item(row, place, wish, present, offered) for place, wish in enumerate(wishes)]
    await session.execute(sa.delete(activity).where(activity.c.plan_id == row["plan_id"]))
    if activities:
        await session.execute(sa.insert(activity), activities)
    changed = await touch(session, row)
    event = representations.plan_proposed(changed, activities)
    await outbox.add(session, event, aggregate_id=event.plan_id, version=changed["version"])
    return complete(changed, activities)


def _item(
    row: Plan,
    place: int,
    wish: Wish,
    present: Mapping[UUID, dict[str, Any]],
    offered: Mapping[str, Intervention],
) -> dict[str, Any]:
    if wish.activity_id is not None:
        return {**present[wish.activity_id], "position": place, "due_on": wish.due_on}
    wanted = offered[wish.intervention_code or ""]
    return representations.activity_row(uuid7(), row["plan_id"], place, wanted, wish.due_on, None)


def _errors(
    wishes: Sequence[Wish],
    present: Mapping[UUID, dict[str, Any]],
    offered: Mapping[str, Intervention],
    level: str,
) -> list[FieldError]:
    errors: list[FieldError] = []
    seen: set[str] = set()
    for place, wish in enumerate(wishes):
        at = f"/activities/{place}"
        code = wish.intervention_code or ""
        if wish.activity_id is not None:
            if wish.activity_id not in present:
                errors.append(FieldError(f"{at}/activity_id", "unknown", "The plan has no such activity."))
                continue
            code = present[wish.activity_id]["intervention_code"]
        elif code not in offered:
            errors.append(
                FieldError(f"{at}/intervention_code", "unknown", "The catalogue does not offer it.")
            )
            continue
        elif level not in offered[code].levels:
            errors.append(
                FieldError(f"{at}/intervention_code", "other-level", f"It is not for level {level}.")
            )
        if code in seen:
            errors.append(FieldError(at, "twice", "An intervention can be in a plan once."))
        seen.add(code)
        if wish.due_on < clock.today():
            errors.append(FieldError(f"{at}/due_on", "in-the-past", "A due date lies ahead."))
    return errors
