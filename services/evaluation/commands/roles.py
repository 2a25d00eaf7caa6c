"""Which roles have a profile, and since when: coverage is of people in posts of these."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy.ext.asyncio import AsyncSession

from shared import clock
from shared.consumers import Received
from shared.database import raw
from shared.events.assessment import RoleProfilesChanged

ALWAYS = date(1900, 1, 1)  # what is told first was so before

_LATEST = "select max(version) from profiled_role"
_GONE = """
update profiled_role set valid_to = $2::date - 1, version = $3
where valid_to is null and role_code <> all($1::text[]) returning role_code
"""
_NEW = """
insert into profiled_role as known (role_code, valid_from, version)
select role_code, $2, $3 from unnest($1::text[]) as told(role_code)
where not exists (select from profiled_role p where p.role_code = told.role_code and p.valid_to is null)
on conflict (role_code, valid_from) do update set valid_to = null, version = excluded.version
returning role_code
"""
_SEEN = "update profiled_role set version = $1 where valid_to is null and version < $1"
_DUE = """
with held as (
    select m.person_id from measured_person m
    where exists (select from post p where p.person_id = m.person_id and p.role_code = any($1::text[]))
    order by m.person_id for update
)
update measured_person m set changes_on = $2 from held where m.person_id = held.person_id and m.changes_on > $2
"""
_OTHERS = "select distinct role_code from post where role_code <> all($1::text[])"


async def take_profiles(session: AsyncSession, events: Sequence[Received[RoleProfilesChanged]]) -> None:
    """Keep which roles have a profile; the holders of posts whose roles changed are measured again by the timer.

    A change counts from the day on which it was said: quarters before it keep whom they counted.
    """
    newest = max(events, key=lambda event: event.version)
    connection = await raw(session)
    latest = await connection.fetchval(_LATEST)
    if latest is not None and newest.version <= latest:
        return
    codes, day = newest.data.role_codes, clock.day_of(newest.time)
    gone = await connection.fetch(_GONE, codes, day, newest.version)
    new = await connection.fetch(_NEW, codes, ALWAYS if latest is None else day, newest.version)
    await connection.execute(_SEEN, newest.version)
    changed = {row["role_code"] for row in (*gone, *new)}
    if latest is None:  # posts of all other roles counted until now
        changed = {row["role_code"] for row in await connection.fetch(_OTHERS, codes)}
    await connection.execute(_DUE, sorted(changed), clock.today())
