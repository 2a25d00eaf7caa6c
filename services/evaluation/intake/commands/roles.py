"""Which roles have a profile, and since when: coverage is of people in posts of these."""

from collections.abc import Collection, Sequence
from datetime import date, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.evaluation.tables import directory, measured_person, profiled_role
from shared import clock
from shared.events.assessment import RoleProfilesChanged
from shared.messaging.subscriptions import Received

ALWAYS = date(1900, 1, 1)  # the first event also holds for the time before it

_open = profiled_role.c.valid_to.is_(None)


async def take_profiles(session: AsyncSession, events: Sequence[Received[RoleProfilesChanged]]) -> None:
    """Keep which roles have a profile; the holders of posts whose roles changed are measured again by the timer.

    A change counts from the day of its event: earlier quarters count the people whom they counted.
    """
    newest = max(events, key=lambda event: event.version)
    latest = await session.scalar(sa.select(sa.func.max(profiled_role.c.version)))
    if latest is not None and newest.version <= latest:
        return
    codes, day = newest.data.role_codes, clock.day_of(newest.time)
    changed = await _end(session, codes, day, newest.version)
    changed |= await _begin(session, codes, ALWAYS if latest is None else day, newest.version)
    earlier = sa.update(profiled_role).where(_open, profiled_role.c.version < newest.version)
    await session.execute(earlier.values(version=newest.version))
    if latest is None:  # posts of all other roles counted until now
        role = directory.post.c.role_code
        changed = set(await session.scalars(sa.select(role).where(role.not_in(codes)).distinct()))
    await _make_due(session, changed)


async def _end(session: AsyncSession, codes: Sequence[str], day: date, version: int) -> set[str]:
    """End the profiles of all roles but these the day before; returns which."""
    gone = sa.update(profiled_role).where(_open, profiled_role.c.role_code.not_in(codes))
    gone = gone.values(valid_to=day - timedelta(days=1), version=version)
    return set(await session.scalars(gone.returning(profiled_role.c.role_code)))


async def _begin(session: AsyncSession, codes: Sequence[str], day: date, version: int) -> set[str]:
    """Begin profiles of those roles that have none; returns which. One that ended on the day goes on."""
    present = set(await session.scalars(sa.select(profiled_role.c.role_code).where(_open)))
    rows = [{"role_code": code, "valid_from": day, "version": version} for code in set(codes) - present]
    if not rows:
        return set()
    new = insert(profiled_role).values(rows)
    going_on = {"valid_to": None, "version": new.excluded.version}
    new = new.on_conflict_do_update(index_elements=["role_code", "valid_from"], set_=going_on)
    return set(await session.scalars(new.returning(profiled_role.c.role_code)))


async def _make_due(session: AsyncSession, roles: Collection[str]) -> None:
    """Let the timer measure the holders of these roles today, in the order in which people are locked."""
    person, post, today = measured_person.c, directory.post.c, clock.today()
    held = sa.exists().where(post.person_id == person.person_id, post.role_code.in_(roles))
    locked = (
        sa.select(person.person_id).where(held).order_by(person.person_id).with_for_update().cte("locked")
    )
    due = sa.update(measured_person).where(person.person_id == locked.c.person_id, person.changes_on > today)
    await session.execute(due.values(changes_on=today))
