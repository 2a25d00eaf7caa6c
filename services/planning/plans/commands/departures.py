"""Plans of people who left end with them: activities, follow-ups, and the plan itself.

Somebody has left once their record is inactive, or `GRACE_DAYS` after their last post ended: a post is often ended
some days before the next one is entered. Nothing is opened again when they come back; their next assessment brings
a new plan.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.plans import representations
from services.planning.tables import directory
from services.planning.tables.plans import activity, follow_up, plan
from shared import clock
from shared.messaging import outbox

GRACE_DAYS = 7
AT_ONCE = 200  # people of one round of the timer
LEFT = "person-left"  # outcome of a plan, reason of an activity
_UNFINISHED = ("planned", "started")


def people_who_left() -> sa.Select[Any]:
    """Ids of those who have left by today, in `person_id`, and their last day in a post, in `last_day`.

    Without a post there is no last day. Whose record is part of another one has not left, nor has who was erased:
    what is under a pseudonym is published no more.
    """
    person, post, alias = directory.person, directory.post, directory.alias
    today = clock.today()
    last_day = sa.func.max(sa.func.coalesce(post.c.valid_to, date.max))
    ended = last_day < today - timedelta(days=GRACE_DAYS)  # null without a post: not known to have worked
    merged = sa.exists().where(alias.c.person_id == person.c.person_id, alias.c.merged_into.is_not(None))
    return (
        sa.select(person.c.person_id, last_day.label("last_day"))
        .join_from(person, post, post.c.person_id == person.c.person_id, isouter=True)
        .where(person.c.version > 0, ~person.c.erased, ~merged)
        .group_by(person.c.person_id)
        .having(sa.or_(~person.c.active, ended))
    )


async def end_plans_of(session: AsyncSession, people: Sequence[UUID]) -> int:
    """End what is open of those among `people` who have left. Returns of how many; safe to repeat."""
    left = people_who_left().where(
        directory.person.c.person_id.in_(people),
        directory.person.c.person_id.in_(sa.select(plan.c.person_id).where(plan.c.person_id.in_(people))),
    )
    found = {row.person_id: row.last_day for row in await session.execute(left)}
    if found:
        await _end_plans(session, found)
        await _end_follow_ups(session, list(found))
    return len(found)


async def end_next(session: AsyncSession) -> int:
    """End plans of some who have left without news that said so, such as when the grace is over."""
    of_plans = sa.select(plan.c.person_id).where(plan.c.state != "closed")
    left = people_who_left().where(directory.person.c.person_id.in_(of_plans)).limit(AT_ONCE)
    return await end_plans_of(session, [row.person_id for row in await session.execute(left)])


async def _end_plans(session: AsyncSession, last_days: dict[UUID, date | None]) -> None:
    mine = plan.c.person_id.in_(last_days)
    select = sa.select(plan).where(mine, plan.c.state != "closed").order_by(plan.c.plan_id).with_for_update()
    rows = [dict(row) for row in (await session.execute(select)).mappings()]
    events = []
    for row in rows:
        closed_at = _moment(row, last_days[row["person_id"]])
        values = {"state": "closed", "outcome": LEFT, "closed_at": closed_at, "version": row["version"] + 1}
        await session.execute(sa.update(plan).where(plan.c.plan_id == row["plan_id"]).values(values))
        event = representations.plan_closed({**row, **values})
        events.append((event, event.plan_id, values["version"]))
    of_them = activity.c.plan_id.in_([row["plan_id"] for row in rows])
    ended = sa.update(activity).where(of_them, activity.c.state.in_(_UNFINISHED))
    await session.execute(ended.values(state="cancelled", end_reason=LEFT))
    await outbox.add_many(session, events)


def _moment(row: dict[str, Any], last_day: date | None) -> datetime:
    """When the plan ended: on the person's last day, however late that was recorded, but not before it began."""
    now = clock.now()
    if last_day is None or last_day >= clock.day_of(now):
        return now
    begun: list[datetime] = [row[name] for name in ("proposed_at", "agreed_at") if row[name]]
    return max(clock.noon(last_day), *begun)


async def _end_follow_ups(session: AsyncSession, people: Sequence[UUID]) -> None:
    """Of all their plans: what is still to come, and check-ins that wait for their answer."""
    waits = sa.or_(
        follow_up.c.state == "pending", sa.and_(follow_up.c.state == "due", follow_up.c.days == 30)
    )
    theirs = sa.select(plan.c.plan_id).where(plan.c.person_id.in_(people))
    locked = sa.select(follow_up.c.follow_up_id).where(waits, follow_up.c.plan_id.in_(theirs))
    locked = locked.order_by(follow_up.c.plan_id, follow_up.c.days).with_for_update()
    ids = list(await session.scalars(locked))
    ended = {"state": "ended", "version": follow_up.c.version + 1}
    await session.execute(sa.update(follow_up).where(follow_up.c.follow_up_id.in_(ids)).values(ended))
