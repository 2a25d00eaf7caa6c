"""What time alone changes: windows that pass, periods that begin and close."""

from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.evaluation.commands.measuring import measure
from services.evaluation.commands.publishing import publish, tell_closed
from services.evaluation.commands.tree import hold_tree
from shared import clock, periods

PEOPLE = 500  # measured in one transaction

_KNOWN = text("select count(*) filter (where not measured), min(period), max(period) from period")
_FILL = text("insert into period (period, measured) values (:period, true) on conflict do nothing")
_MEASURED = text("update period set measured = true where not measured")
_EVERYBODY = text("update measured_person set changes_on = :today where changes_on > :today")
_DUE = text(
    "select person_id from measured_person where changes_on <= :today order by changes_on limit :people"
)
_OPEN = text("select period from period where period < :current and closed_as_of is null and measured")
_AS_OF = text("""
update indicator_value set as_of = :as_of, version = version + 1
where period = :period and as_of < :as_of
""")
_CLOSE = text("update period set closed_as_of = :as_of where period = :period")


async def remeasure(session: AsyncSession) -> int:
    """Measure again whom time may have changed; returns how many people were due.

    A period seen for the first time makes everybody due, because coverage counts those who were
    not assessed in it too.
    """
    today = clock.today()
    fresh, first, last = (await session.execute(_KNOWN)).one()
    if first is not None and (fresh or last < periods.of(today)):
        await hold_tree(session)
        while first <= periods.of(today):
            await session.execute(_FILL, {"period": first})
            first = periods.following(first)
        await session.execute(_MEASURED)
        await session.execute(_EVERYBODY, {"today": today})
    due = await session.scalars(_DUE, {"today": today, "people": PEOPLE})
    people = [UUID(str(person)) for person in due]
    await measure(session, people)
    return len(people)


async def close(session: AsyncSession) -> int:
    """Close periods that ended, once everybody is measured as of their last day.

    Every value of the period is then told as of that day at least; a published one from which
    changes are still held back keeps the day it moved on. Returns how many closed.
    """
    today = clock.today()
    if (await session.execute(_DUE, {"today": today, "people": 1})).first():
        return 0
    ended = list(await session.scalars(_OPEN, {"current": periods.of(today)}))
    if ended:
        await publish(session)  # what may move is not told as of an earlier day first
        await hold_tree(session)
    for period in ended:
        last_day = periods.bounds(period)[1]
        parameters = {"period": period, "as_of": last_day}
        await session.execute(_AS_OF, parameters)
        await session.execute(_CLOSE, parameters)
        await tell_closed(session, period, last_day)
    return len(ended)
