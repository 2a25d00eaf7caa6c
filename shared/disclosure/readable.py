"""Whom a reader may read one by one: oneself and one's team, and by role whoever counts inside one's units.

The role goes with the unit in which something was recorded, wherever that person works today, and with
whoever works inside the units today; the relation goes with the person, wherever something was recorded.
`shared.directory.authorization` decides single reads.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from shared import clock
from shared.auth import rights
from shared.auth.caller import Caller
from shared.auth.rights import Reach

# A select of `person_id`, for use in other statements with the parameters of `asked`.
PEOPLE = """
select person_id from subject where subject_key = :key
union
select theirs.person_id from subject own join post mine using (person_id)
join post theirs on theirs.manager_post_id = mine.post_id
where own.subject_key = :key
  and mine.valid_from <= :today and (mine.valid_to is null or mine.valid_to >= :today)
  and theirs.valid_from <= :today and (theirs.valid_to is null or theirs.valid_to >= :today)
"""
# Whether `person_id` of the statement around it has a post inside `:inside` on `:today`. A role opens all that is
# kept of such a person (plans, answers, the history of results), wherever it was recorded.
WORKS_INSIDE = """
exists (select from post held join unit place on place.unit_code = held.unit_code
    where held.person_id = {person_id} and place.path && :inside
    and held.valid_from <= :today and (held.valid_to is null or held.valid_to >= :today))
"""
_PEOPLE = text(PEOPLE)
_EVERYWHERE = text("""
select not exists (select from unit where parent is null and version > 0 and not unit_code = any(:units))
""")


async def people(session: AsyncSession, caller: Caller) -> list[UUID]:
    """The person behind the sign-in and today's team; nobody for a program or a stranger."""
    return [UUID(str(row[0])) for row in await session.execute(_PEOPLE, asked(caller))]


def asked(caller: Caller) -> dict[str, Any]:
    """The parameters of `PEOPLE`."""
    return {"key": caller.subject_key, "today": clock.today()}


def by_role(caller: Caller) -> bool:
    """Whether a role of the caller reads the individuals that count inside the caller's units."""
    return bool(rights.reaches(caller, "figures.live"))


def by_relation(caller: Caller) -> bool:
    """Whether a role of the caller reads the team. What a leader of the team knows counts whatever the role."""
    return Reach.TEAM in rights.reaches(caller, "person.read")


async def everywhere(session: AsyncSession, caller: Caller) -> bool:
    """Whether every unit lies inside the caller's units, wherever it stood and stands."""
    return bool(await session.scalar(_EVERYWHERE, {"units": list(caller.units)}))


async def at_one_moment(session: AsyncSession) -> None:
    """Let all that follows see one state of the data: first in a transaction that reads several times.

    Who counts in a published cell is found out in several statements, and an edition may come in between.
    """
    await session.execute(text("set transaction isolation level repeatable read"))
