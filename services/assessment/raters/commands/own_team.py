"""The caller and their team, of today and when raters were asked, about whom they enter nothing in bulk.

What becomes of such a line would tell who answered, or let somebody answer for their own raters.
"""

from uuid import UUID

import asyncpg

from shared import clock
from shared.auth import rights
from shared.auth.caller import Caller

_PEOPLE = """
with mine as (select person_id from subject where subject_key = $1), held as (
    select post_id, person_id, manager_post_id from post
    where valid_from <= $2 and (valid_to is null or valid_to >= $2)
)
select person_id from mine union
select theirs.person_id from held theirs join held boss on boss.post_id = theirs.manager_post_id
where boss.person_id in (select person_id from mine)
"""

_MANAGED = """
select r.assessment_id from rater_request r join subject s using (person_id)
where s.subject_key = $1 and r.category = 'manager'
"""

_NAMED = """
select distinct a.assessment_id from incoming i join assessment a using (assessment_id)
    join unit u using (unit_code)
where u.path && $1::text[] and a.person_id <> all($2::uuid[]) and a.assessment_id <> all($3::uuid[])
"""


async def people(connection: asyncpg.Connection, caller: Caller) -> list[UUID]:
    """The person whom the sign-in is tied to, and everybody who reports to them today."""
    return [row[0] for row in await connection.fetch(_PEOPLE, caller.subject_key, clock.today())]


async def managed(connection: asyncpg.Connection, caller: Caller) -> list[UUID]:
    """The assessments in which that person was asked as the manager, also where somebody else is it today."""
    return [row[0] for row in await connection.fetch(_MANAGED, caller.subject_key)]


async def note_load(
    connection: asyncpg.Connection, caller: Caller, own: list[UUID], managed_by_me: list[UUID]
) -> None:
    """Remember the assessments that a chunk of lines tells the caller of, where its report will be stored."""
    if caller.decisions is not None:
        rows = await connection.fetch(_NAMED, list(caller.units), own, managed_by_me)
        rights.note_load(caller, "rating.enter", ids=[row[0] for row in rows])
