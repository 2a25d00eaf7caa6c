"""Versions stored and raised, and what changed put into the outbox in messages of up to 500."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import TypeVar
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.tables.people import agenda
from services.registry.tables.states import Connection, person_states, role_states, unit_states
from services.registry.tables.units import unit_agenda
from shared import clock
from shared.events.registry import PeopleChanged, PersonState, RolesChanged, UnitsChanged
from shared.messaging import outbox

T = TypeVar("T")
READ_AT_ONCE = 2500  # people whose states are read together: more saves round trips, costs memory
POSTS_AT_ONCE = 3000  # posts in one message, about 1 MB; a person has up to `primaries.MOST`

# Plain SQL because bulk loads run it too, over all units, people or posts of a load at once and on the
# connection that has the load's temporary tables.
_KEEP_UNITS = """
insert into unit_version (unit_code, version, name, level, type, ownership, latitude, longitude, rural, parent,
    open_from, closed_on, successors, recorded_at, recorded_by)
select unit_code, version, name, level, type, ownership, latitude, longitude, rural, parent,
    open_from, closed_on, successors, recorded_at, recorded_by
from unit where unit_code = any($1::text[])
"""
_RAISE_UNITS = """
update unit set version = version + 1, recorded_at = $2, recorded_by = $3 where unit_code = any($1::text[])
"""
# In order, so that two writers of the same units queue up instead of deadlocking.
_RAISE_UNITS_ALONE = """
with chosen as (select unit_code from unit where unit_code = any($1::text[]) order by unit_code for update)
update unit set version = version + 1 from chosen where unit.unit_code = chosen.unit_code
"""
_KEEP_PEOPLE = """
insert into person_version (person_id, version, family_name, given_name, phone, email, sex, birth_year, cadre,
    deactivated_on, leaving_reason, leaving_destination, recorded_at, recorded_by)
select person_id, version, family_name, given_name, phone, email, sex, birth_year, cadre,
    deactivated_on, leaving_reason, leaving_destination, recorded_at, recorded_by
from person where person_id = any($1::uuid[])
"""
_KEEP_POSTS = """
insert into post_version (post_id, version, person_id, unit_code, role_code, valid_from, valid_to, end_reason,
    end_destination, acting, primary_claim, manager_post_id, recorded_at, recorded_by)
select post_id, version, person_id, unit_code, role_code, valid_from, valid_to, end_reason, end_destination,
    acting, primary_claim, manager_post_id, recorded_at, recorded_by
from post where post_id = any($1::uuid[])
"""
# Rows in id order, so that two writers of the same people queue up instead of deadlocking.
_RAISE_PEOPLE = """
with chosen as (select person_id from person where person_id = any($1::uuid[]) order by person_id for update)
update person set version = version + 1 from chosen where person.person_id = chosen.person_id
"""
_AGENDA = """
insert into agenda (person_id, due_on)
select person_id, day from (
    select person_id, valid_from as day from post where person_id = any($1::uuid[])
    union select person_id, valid_to + 1 from post where person_id = any($1::uuid[])
    union select person_id, deactivated_on from person where person_id = any($1::uuid[])
) days where day > $2 on conflict do nothing
"""


async def keep_units(connection: Connection, codes: Iterable[str], by: str) -> None:
    """Keep the units as they are as superseded versions, and raise the live rows' versions."""
    chosen = list(codes)
    await connection.execute(_KEEP_UNITS, chosen)
    await connection.execute(_RAISE_UNITS, chosen, clock.now(), by)


async def due_units(session: AsyncSession, limit: int = 500) -> list[str]:
    """Take units off the list of those that are published once more though nothing about them changed."""
    due = sa.select(unit_agenda.c.unit_code).order_by(unit_agenda.c.unit_code).limit(limit)
    chosen = due.with_for_update(skip_locked=True)
    taken = sa.delete(unit_agenda).where(unit_agenda.c.unit_code.in_(chosen))
    return list(await session.scalars(taken.returning(unit_agenda.c.unit_code)))


async def due_people(session: AsyncSession, today: date, limit: int = 500) -> set[UUID]:
    """Take people off the agenda whose published state changes by itself until today."""
    key = sa.tuple_(agenda.c.person_id, agenda.c.due_on)
    due = sa.select(agenda.c.person_id, agenda.c.due_on).where(agenda.c.due_on <= today)
    due = due.order_by(agenda.c.due_on).limit(limit).with_for_update(skip_locked=True)
    taken = sa.delete(agenda).where(key.in_(due)).returning(agenda.c.person_id)
    return set(await session.scalars(taken))


async def raise_units(connection: Connection, codes: Sequence[str]) -> None:
    """A new version for units that are published again as they are; there is no superseded one."""
    await connection.execute(_RAISE_UNITS_ALONE, codes)


async def keep_people(connection: Connection, ids: Sequence[UUID]) -> None:
    """Keep people as they are as superseded versions; the caller changes the live rows."""
    await connection.execute(_KEEP_PEOPLE, ids)


async def keep_posts(connection: Connection, ids: Sequence[UUID]) -> None:
    """Keep posts as they are as superseded versions; the caller changes the live rows."""
    await connection.execute(_KEEP_POSTS, ids)


async def raise_people(connection: Connection, ids: Iterable[UUID]) -> None:
    """A new version for people whose posts, sign-ins or roles changed."""
    await connection.execute(_RAISE_PEOPLE, list(ids))


async def announce_units(connection: Connection, codes: Iterable[str]) -> None:
    """Publish units as they are now."""
    for chunk in outbox.chunks(sorted(set(codes))):
        for part in outbox.parts(await unit_states(connection, chunk)):
            event = UnitsChanged(items=list(part))
            await outbox.add(connection, event, aggregate_id="units", version=0)


async def announce_roles(connection: Connection, codes: Iterable[str]) -> None:
    """Publish roles as they are now."""
    for chunk in outbox.chunks(sorted(set(codes))):
        event = RolesChanged(items=await role_states(connection, chunk))
        await outbox.add(connection, event, aggregate_id="roles", version=0)


async def announce_people(connection: Connection, ids: Iterable[UUID]) -> None:
    """Publish people as they are now, and note the days on which they will change by themselves.

    The days are of the domain clock; the timer publishes again when they come.
    """
    today = clock.today()
    for chunk in outbox.chunks(sorted(set(ids)), READ_AT_ONCE):
        await connection.execute(_AGENDA, chunk, today)
        await publish_states(connection, await person_states(connection, chunk, today))


async def publish_states(connection: Connection, states: Sequence[PersonState]) -> None:
    """Publish states that are at hand; a batch has many aggregates, so each item carries its version.

    Of somebody who was erased nothing is published: readers outside would know them by their posts.
    """
    events = [PeopleChanged(items=chunk) for chunk in _messages([one for one in states if not one.erased])]
    await outbox.add_many(connection, [(event, "people", 0) for event in events])


def _messages(states: Sequence[PersonState]) -> Iterator[list[PersonState]]:
    """People in pieces that a message takes, however many posts they have."""
    piece: list[PersonState] = []
    posts = 0
    for state in states:
        if piece and (len(piece) == outbox.MAX_ITEMS or posts + len(state.posts) > POSTS_AT_ONCE):
            yield piece
            piece, posts = [], 0
        piece.append(state)
        posts += len(state.posts)
    if piece:
        yield piece
