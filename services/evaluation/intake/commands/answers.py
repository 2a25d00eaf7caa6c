"""What people enter themselves: reactions and test results."""

from dataclasses import dataclass
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.evaluation.indicators.commands.contributions import measure
from services.evaluation.tables import activity, learning_result, period, plan, reaction
from shared import clock, periods
from shared.auth import rights
from shared.auth.caller import Caller
from shared.directory.authorization import NOBODY, may, require_person
from shared.errors import Conflict, FieldError, Invalid, NotFound

Row = sa.RowMapping
RECORD = "learning.record"


@dataclass(frozen=True, slots=True)
class Test:
    """Test results in hundredths of a percent; None where there is none yet."""

    pre: int | None
    post: int | None


async def give_reaction(
    session: AsyncSession, caller: Caller, activity_id: UUID, relevance: int, usefulness: int
) -> Row:
    """Store what the participant says of an activity, once.

    Raises NotFound `activity-unknown` for anybody but the person who did it, Conflict
    `activity-not-completed` before the end and `reaction-already-given` after the first one.
    """
    person = await require_person(session, caller, "reaction.give")
    done = await _activity(session, activity_id)
    if done is None or done["person_id"] != person:
        raise _unknown()
    if done["completed_at"] is None:
        raise Conflict("activity-not-completed", "A reaction is given after the activity was completed.")
    values = {
        "reaction_id": uuid4(),
        "activity_id": activity_id,
        "plan_id": done["plan_id"],
        "person_id": person,
        "unit_code": done["unit_code"],
        "relevance": relevance,
        "usefulness": usefulness,
        "given_at": clock.now(),
    }
    added = insert(reaction).values(values).on_conflict_do_nothing().returning(reaction)
    row: Row | None = (await session.execute(added)).mappings().one_or_none()
    if row is None:
        raise Conflict("reaction-already-given", "There is a reaction to this activity already.")
    await _count(session, person)
    return row


async def record_test(session: AsyncSession, caller: Caller, activity_id: UUID, test: Test) -> Row:
    """Store the test before an activity, after it, or both.

    Raises Forbidden `role-missing`, NotFound `activity-unknown` outside the caller's units, Conflict
    `learning-result-exists` when there is one to change instead, Invalid `no-result` without any.
    """
    rights.require(caller, RECORD)
    done = await _activity(session, activity_id)
    if await may(session, caller, RECORD, done["person_id"] if done else NOBODY) is None or done is None:
        raise _unknown()
    _require_any(test)
    values = {
        "learning_result_id": uuid4(),
        "version": 1,
        "activity_id": activity_id,
        "plan_id": done["plan_id"],
        "person_id": done["person_id"],
        "unit_code": done["unit_code"],
        "pre_percent": test.pre,
        "post_percent": test.post,
        "recorded_at": clock.now(),
    }
    added = insert(learning_result).values(values).on_conflict_do_nothing().returning(learning_result)
    row: Row | None = (await session.execute(added)).mappings().one_or_none()
    if row is None:
        raise Conflict("learning-result-exists", "There is a result of this activity; change that one.")
    await _count(session, row["person_id"])
    return row


async def change_test(session: AsyncSession, stored: Row, test: Test) -> Row:
    """Replace a stored test's results; it counts in the period of the latest change.

    `stored` is the row as it was read for update, its ETag checked.
    """
    _require_any(test)
    values = {
        "pre_percent": test.pre,
        "post_percent": test.post,
        "recorded_at": clock.now(),
        "version": stored["version"] + 1,
    }
    changed = (
        learning_result.update()
        .where(learning_result.c.learning_result_id == stored["learning_result_id"])
        .values(values)
        .returning(learning_result)
    )
    row: Row = (await session.execute(changed)).mappings().one()
    await _count(session, row["person_id"])
    return row


async def test_to_change(session: AsyncSession, caller: Caller, result_id: UUID) -> Row:
    """A test result, locked for its change. Raises NotFound `learning-result-unknown`."""
    rights.require(caller, RECORD)
    select = learning_result.select().where(learning_result.c.learning_result_id == result_id)
    row = (await session.execute(select)).mappings().one_or_none()
    if await may(session, caller, RECORD, row["person_id"] if row else NOBODY) is None:
        raise NotFound("learning-result-unknown", "There is no such result, or none that you may change.")
    return (await session.execute(select.with_for_update())).mappings().one()


async def _activity(session: AsyncSession, activity_id: UUID) -> Row | None:
    """An activity with the unit it counts for: where it was completed, else its plan's; None without any."""
    unit = sa.func.coalesce(activity.c.unit_code, plan.c.unit_code).label("unit_code")
    columns = (
        activity.c.activity_id,
        activity.c.plan_id,
        activity.c.person_id,
        activity.c.completed_at,
        unit,
    )
    either = activity.outerjoin(plan, plan.c.plan_id == activity.c.plan_id)
    select = sa.select(*columns).select_from(either).where(activity.c.activity_id == activity_id)
    row = (await session.execute(select)).mappings().one_or_none()
    return row if row is not None and row["unit_code"] is not None else None


async def _count(session: AsyncSession, person: UUID) -> None:
    current = {"period": periods.of(clock.today()), "measured": False}
    await session.execute(insert(period).values(current).on_conflict_do_nothing())
    await measure(session, [person])


def _require_any(test: Test) -> None:
    if test.pre is None and test.post is None:
        errors = [
            FieldError(pointer, "missing", "Give at least one of the two.")
            for pointer in ("/pre_percent", "/post_percent")
        ]
        raise Invalid("no-result", "There is no result in it.", errors)


def _unknown() -> NotFound:
    return NotFound("activity-unknown", "There is no such activity, or none that you may answer for.")
