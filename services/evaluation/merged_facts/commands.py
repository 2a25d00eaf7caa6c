"""Whose a fact is, and with it whom indicators count: one person once.

A plan is of whom its assessment is, what belongs to a plan or to an activity is of whom that is. What was released
stays as it is; open cells follow.
"""

from collections.abc import Sequence
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.evaluation.indicators.commands.contributions import measure, share_tree
from shared.database.engine import raw
from shared.directory import merges
from shared.directory.merges import Event, Keyed

TABLES = (
    Keyed("assessment", "assessment_id"),
    Keyed("plan", "plan_id"),
    Keyed("activity", "activity_id"),
    Keyed("follow_up", "follow_up_id"),
    Keyed("unscored_re_rating", "assessment_id"),
    Keyed("reaction", "reaction_id"),
    Keyed("learning_result", "learning_result_id"),
)
_EVER_MERGED = sa.text("select exists (select from person_alias)")
_FOLLOW = """
update {table} t set person_id = of.person_id from {of} of
where of.{key} = t.{key} and t.person_id = any($1::uuid[]) and t.person_id <> of.person_id
"""
_FOLLOWING = (
    ("plan", "assessment", "assessment_id"),
    ("activity", "plan", "plan_id"),
    ("follow_up", "plan", "plan_id"),
    ("unscored_re_rating", "plan", "plan_id"),
    ("reaction", "activity", "activity_id"),
    ("learning_result", "activity", "activity_id"),
)


async def take(session: AsyncSession, events: Sequence[Event]) -> None:
    """Take over merges: facts are of the person who is left, or of both again, and figures follow."""
    await share_tree(session)
    if people := await merges.apply_merges(session, events):
        await rekey(session, people)
        await measure(session, people)


async def rekey(session: AsyncSession, people: Sequence[UUID]) -> None:
    """Let facts of these people be of whom they are part of now."""
    await merges.rekey(session, TABLES, people)
    await _follow(session, people)


async def settle(session: AsyncSession, people: Sequence[UUID]) -> list[UUID]:
    """After facts of these people came, in the order of `people`: whose they are by now."""
    found = await merges.settle(session, TABLES, people)
    if await session.scalar(_EVER_MERGED):  # what was told of one may be the other's again
        await _follow(session, sorted(set(found)))
    return found


async def _follow(session: AsyncSession, people: Sequence[UUID]) -> None:
    connection = await raw(session)
    for table, of, key in _FOLLOWING:
        await connection.execute(_FOLLOW.format(table=table, of=of, key=key), people)
