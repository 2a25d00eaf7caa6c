"""Assessments and results of people who were merged or parted, and the figures that count them.

Two assessments of one cycle, one of each post, both go on: a person counts once a period, with the newest. What
was released stays as it is; the next release of a period counts one person.
"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.assessment.merged_assessments.commands.requests import rekey_requests
from services.assessment.rollups.commands.rollups import count_again
from shared.database.engine import raw
from shared.directory import merges
from shared.directory.merges import Event, Keyed

TABLES = (
    Keyed("assessment", "assessment_id"),
    Keyed("result", "assessment_id"),
    Keyed("carried_result", "carried_id"),
)

# In key order, as everywhere: those of the people, and those in which they were asked.
_LOCK = """
select from assessment a where a.state = 'open' and (a.person_id = any($1::uuid[]) or exists (
    select from rater_request r where r.assessment_id = a.assessment_id and r.person_id = any($1::uuid[])))
order by a.assessment_id for update
"""


async def take(session: AsyncSession, events: Sequence[Event]) -> None:
    """Take over merges: assessments, requests and figures are of the person who is left, or of both again."""
    people = await merges.apply_merges(session, events)
    if people:
        await rekey(session, people)
        await count_again(session, people)


async def rekey(session: AsyncSession, people: Sequence[UUID]) -> None:
    """Let what these people have be of whom they are part of now."""
    await (await raw(session)).execute(_LOCK, people)
    await merges.rekey(session, TABLES, people)
    await rekey_requests(session, people)
