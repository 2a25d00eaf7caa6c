"""The manager who rates: one at a time, and another one once the post has a new manager."""

from collections.abc import Collection, Mapping, Sequence, Set
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.assessment.tables import directory
from services.assessment.tables.ratings import assessment, rater_request
from shared import clock
from shared.directory.tables import WRITERS, held_on
from shared.errors import Conflict

# As at opening: no placement counts that the manager wrote, of a peer also the subject's.
_NOT_INDEPENDENT = sa.text(f"""
with written as (
    select p.person_id from post p
    where jsonb_exists_any({WRITERS}, array(select subject_key from subject where person_id = :manager))
)
update rater_request r set independent = false
where r.assessment_id = :assessment_id and r.independent and (r.person_id in (select person_id from written)
    or r.category = 'peer' and cast(:subject as uuid) in (select person_id from written))
""")


async def replace(
    session: AsyncSession, row: sa.RowMapping, named: Sequence[UUID], asked: Collection[sa.RowMapping]
) -> None:
    """Make room for a manager who is `named` for a locked assessment (`row`); `asked` are those asked so far.

    A former manager who was asked is no longer awaited. If they have answered, the answer stays, and only the
    manager of today may be asked then. Raises Conflict
    `manager-already-asked` when the manager of today was asked already, or two are named.
    """
    current = set(await session.scalars(_managers(row["post_id"])))
    before = [
        item
        for item in asked
        if item["category"] == "manager" and item["state"] in ("invited", "accepted", "answered")
    ]
    stay = any(item["person_id"] in current for item in before)
    answered = any(item["state"] == "answered" for item in before)
    if len(named) > 1 or stay or (answered and named[0] not in current):
        raise Conflict("manager-already-asked", "One manager rates; another was asked already.")
    if waiting := [item["request_id"] for item in before if item["state"] != "answered"]:
        gone = rater_request.update().where(rater_request.c.request_id.in_(waiting))
        await session.execute(gone.values(state="withdrawn", version=rater_request.c.version + 1))
        await expect(session, row["assessment_id"], -len(waiting))
    values = {"assessment_id": row["assessment_id"], "subject": row["person_id"], "manager": named[0]}
    await session.execute(_NOT_INDEPENDENT, values)


def _managers(post_id: UUID) -> sa.Select[UUID]:
    """Who holds the post that a post reports to."""
    own, boss = directory.post.alias("own"), directory.post.alias("boss")
    reports = own.join(boss, boss.c.post_id == own.c.manager_post_id)
    held = held_on(boss, clock.today())
    return sa.select(boss.c.person_id).select_from(reports).where(own.c.post_id == post_id, held)


async def ask(
    session: AsyncSession, row: sa.RowMapping, named: Set[UUID], asked: Mapping[UUID, sa.RowMapping]
) -> int:
    """Make room for who is `named` as manager, and ask them as such where they were asked in another relation.

    Returns how many of those there are: peers and reports who have not answered. Raises as `replace`.
    """
    promoted = [
        asked[person]
        for person in named & set(asked)
        if asked[person]["category"] in ("peer", "report")
        and asked[person]["state"] in ("invited", "accepted")
    ]
    if newly := [*(named - set(asked)), *(request["person_id"] for request in promoted)]:
        await replace(session, row, newly, asked.values())
    changed = rater_request.update().where(
        rater_request.c.request_id.in_([request["request_id"] for request in promoted])
    )
    values = {"category": "manager", "independent": False, "version": rater_request.c.version + 1}
    await session.execute(changed.values(values))
    return len(promoted)


async def expect(session: AsyncSession, assessment_id: UUID, more: int) -> None:
    """Add to the number of responses that a locked assessment awaits.

    Its version stays: nothing of this is shown, and the subject would learn when a rater declines.
    """
    changed = assessment.update().where(assessment.c.assessment_id == assessment_id)
    await session.execute(changed.values(awaited=assessment.c.awaited + more))
