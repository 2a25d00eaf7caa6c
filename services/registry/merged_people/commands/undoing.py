"""A merge undone, also after later edits: both records are there again, and what was edited since is listed."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.matching.commands.candidates import compare_later, settle
from services.registry.merged_people.commands.both_people import (
    Row,
    alias,
    lock_both,
    merge_of,
    plain,
    refuse_own,
    require_unmerged,
    states,
    stored,
)
from services.registry.merged_people.commands.names_of_both import return_names
from services.registry.merged_people.commands.posts_of_both import has_posts_from, return_posts
from services.registry.merged_people.surviving import LEAVING, returned
from services.registry.people.commands.people import recorded
from services.registry.publication.commands import announce_people, keep_people
from services.registry.tables.merged_people import person_merge
from services.registry.tables.people import person
from shared import clock
from shared.database.engine import raw
from shared.errors import Conflict
from shared.events.registry import PeopleUnmerged
from shared.messaging import outbox

Conflicts = list[dict[str, Any]]


async def undo_merge(session: AsyncSession, survivor_id: UUID, merged_id: UUID, by: str) -> Conflicts:
    """Give both records back what was theirs before the merge; returns what was edited since, and stays.

    What was recorded since stays with the survivor. Raises NotFound `merge-unknown`, Conflict `merge-undone`,
    Forbidden `own-record`. What came since is undone first: Conflict `merge-not-last` where another record was
    merged into the survivor, Gone `person-merged` where the survivor was merged further.
    """
    survivor, merged = await lock_both(session, survivor_id, merged_id)
    merge = await merge_of(session, survivor_id, merged_id)
    if merge["undone_at"] is not None:
        raise Conflict("merge-undone", "The merge was undone already.")
    require_unmerged(survivor)
    await refuse_own(session, by, (survivor_id, merged_id))
    await _require_last(session, merge)
    conflicts = await _return(session, survivor, merged, merge["belongings"], by)
    undone = sa.update(person_merge).where(person_merge.c.merge_id == merge["merge_id"])
    # What it said of both is with both again. What the survivor said before stays, for an erasure of the other.
    lent = {"survivor": merge["belongings"]["survivor"]}
    await session.execute(undone.values(undone_at=clock.now(), undone_by=by, belongings=lent))
    await _publish(session, survivor_id, merged_id)
    await settle(session, survivor_id, merged_id, "not-same", by)
    await compare_later(await raw(session), [survivor_id, merged_id])
    return conflicts


async def undo_newest(session: AsyncSession, survivor_id: UUID, by: str) -> bool:
    """Undo the newest merge into a record. Returns whether there was one; raises as `undo_merge`."""
    mine = sa.and_(person_merge.c.survivor_id == survivor_id, person_merge.c.undone_at.is_(None))
    newest = sa.select(person_merge.c.merged_id).where(mine).order_by(person_merge.c.merge_id.desc()).limit(1)
    merged_id = await session.scalar(newest)
    if merged_id is not None:
        await undo_merge(session, survivor_id, UUID(str(merged_id)), by)
    return merged_id is not None


async def _require_last(session: AsyncSession, merge: Row) -> None:
    """A later merge found the record with all that came by this one, and would give it back to the survivor."""
    columns = person_merge.c
    later = sa.exists().where(
        columns.survivor_id == merge["survivor_id"],
        columns.merge_id > merge["merge_id"],
        columns.undone_at.is_(None),
    )
    if await session.scalar(sa.select(later)):
        raise Conflict("merge-not-last", "Another record was merged into this one since: undo that first.")


async def _return(
    session: AsyncSession, survivor: Row, merged: Row, belongings: Mapping[str, Any], by: str
) -> Conflicts:
    survivor_id, merged_id = survivor["person_id"], merged["person_id"]
    await keep_people(await raw(session), [survivor_id, merged_id])
    was = belongings["survivor"]
    back = returned(was["before"], was["after"], plain(survivor, was["before"]))
    conflicts = [{"record": "person", "id": str(survivor_id), "field": field} for field in back.edited]
    conflicts += await return_posts(session, survivor_id, belongings["posts"], by)
    conflicts += await return_names(session, survivor_id, merged_id, belongings["names"], by)
    again = {**stored(belongings["merged"]), "merged_into": None}
    for row, values in ((survivor, stored(back.values)), (merged, again)):
        mine, works = person.c.person_id == row["person_id"], {}
        if await _still_works(session, row, values):
            conflicts.append({"record": "person", "id": str(row["person_id"]), "field": "deactivated_on"})
            works = dict.fromkeys(LEAVING)
        change = values | works | recorded(row, by)
        await session.execute(sa.update(person).where(mine).values(change))
    return conflicts


async def _still_works(session: AsyncSession, row: Row, values: Mapping[str, Any]) -> bool:
    """Whether posts go beyond the day of leaving that a record would get back: they were edited since."""
    day = values.get("deactivated_on")
    return day is not None and await has_posts_from(session, row["person_id"], day)


async def _publish(session: AsyncSession, survivor_id: UUID, merged_id: UUID) -> None:
    connection = await raw(session)
    aliases = await alias(connection, merged_id, None)
    items = await states(connection, [survivor_id, merged_id])
    event = PeopleUnmerged(person_id=str(survivor_id), merged_id=str(merged_id), aliases=aliases, items=items)
    await announce_people(connection, [survivor_id, merged_id])
    await outbox.add(session, event, aggregate_id=str(merged_id), version=aliases[0].version)
