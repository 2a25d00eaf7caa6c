"""What time alone changes: windows that pass, periods that begin and close."""

from datetime import date
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.evaluation.indicators.commands.contributions import measure
from services.evaluation.indicators.commands.tree import hold_tree
from services.evaluation.tables import indicator_value, measured_person, period
from shared import clock, periods

PEOPLE = 500  # measured in one transaction


async def remeasure(session: AsyncSession) -> int:
    """Measure again whom time may have changed; returns how many people were due.

    A period seen for the first time makes everybody due, because coverage counts those who were
    not assessed in it too.
    """
    today = clock.today()
    unmeasured = sa.func.count().filter(~period.c.measured)
    known = sa.select(unmeasured, sa.func.min(period.c.period), sa.func.max(period.c.period))
    fresh, first, last = (await session.execute(known)).one()
    if first is not None and (fresh or last < periods.of(today)):
        await hold_tree(session)
        while first <= periods.of(today):
            await session.execute(insert(period).values(period=first, measured=True).on_conflict_do_nothing())
            first = periods.following(first)
        await session.execute(sa.update(period).where(~period.c.measured).values(measured=True))
        later = sa.update(measured_person).where(measured_person.c.changes_on > today)
        await session.execute(later.values(changes_on=today))
    people = [UUID(str(person)) for person in await session.scalars(_due(today, PEOPLE))]
    await measure(session, people)
    return len(people)


async def anybody_due(session: AsyncSession) -> bool:
    """Whether time may have changed anybody who was not measured since."""
    return (await session.execute(_due(clock.today(), 1))).first() is not None


async def measure_later(session: AsyncSession, people: sa.Select[tuple[object]]) -> bool:
    """Make these people due; returns whether there are any."""
    if (await session.execute(people.limit(1))).first() is None:
        return False
    await hold_tree(session)
    person = measured_person.c
    due = sa.update(measured_person).where(person.person_id.in_(people), person.changes_on > clock.today())
    await session.execute(due.values(changes_on=clock.today()))
    return True


async def close(session: AsyncSession) -> int:
    """Close periods that ended, once everybody is measured as of their last day.

    Every live value of the period then stands as of that day at least. Returns how many closed.
    """
    today = clock.today()
    if await anybody_due(session):
        return 0
    still_open = sa.and_(period.c.closed_as_of.is_(None), period.c.measured)
    ended = list(
        await session.scalars(
            sa.select(period.c.period).where(period.c.period < periods.of(today), still_open)
        )
    )
    if ended:
        await hold_tree(session)
    for quarter in ended:
        last_day = periods.bounds(quarter)[1]
        earlier = sa.and_(indicator_value.c.period == quarter, indicator_value.c.as_of < last_day)
        newer = {"as_of": last_day, "version": indicator_value.c.version + 1}
        await session.execute(sa.update(indicator_value).where(earlier).values(newer))
        await session.execute(
            sa.update(period).where(period.c.period == quarter).values(closed_as_of=last_day)
        )
    return len(ended)


def _due(today: date, people: int) -> sa.Select[tuple[UUID]]:
    """People whose shares time may have changed by today, the longest due first."""
    person = measured_person.c
    due = sa.select(person.person_id).where(person.changes_on <= today)
    return due.order_by(person.changes_on).limit(people)
