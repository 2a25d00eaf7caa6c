"""Two records become one, in one transaction that the edge commits."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.field_precedence.order import FIELDS
from services.registry.field_precedence.queries import read_precedence
from services.registry.matching.commands.candidates import compare_later, forget, settle
from services.registry.merged_people.commands.both_people import (
    Row,
    alias,
    lock_both,
    plain,
    refuse_own,
    require_unmerged,
    states,
    stored,
)
from services.registry.merged_people.commands.names_of_both import move_names
from services.registry.merged_people.commands.posts_of_both import move_posts
from services.registry.merged_people.surviving import LEAVING, Known, Side, surviving
from services.registry.people.commands.people import recorded
from services.registry.publication.commands import announce_people, keep_people
from services.registry.tables.identifiers import identified_person
from services.registry.tables.merged_people import person_merge
from services.registry.tables.people import agenda, person
from shared import clock
from shared.database.engine import raw
from shared.errors import Invalid
from shared.events.registry import PeopleMerged
from shared.messaging import outbox

_FIELDS = (*FIELDS, *LEAVING)


async def merge_people(
    session: AsyncSession, survivor_id: UUID, merged_id: UUID, choices: Mapping[Any, Side], by: str
) -> None:
    """Make the record of `merged_id` part of that of `survivor_id`; `choices` as in `surviving`.

    Raises Invalid `merge-self`, Forbidden `own-record`, NotFound `person-unknown`, Gone `person-merged` where
    either was merged meanwhile, Conflict `posts-too-many`.
    """
    if survivor_id == merged_id:
        raise Invalid("merge-self", "A record cannot be merged into itself.")
    survivor, merged = await lock_both(session, survivor_id, merged_id)
    for row in (survivor, merged):
        require_unmerged(row)
    await refuse_own(session, by, (survivor_id, merged_id))
    fields = surviving(
        Known(plain(survivor, _FIELDS), await _systems(session, survivor_id)),
        Known(plain(merged, _FIELDS), await _systems(session, merged_id)),
        await read_precedence(await raw(session)),
        choices,
    )
    belongings = await _move(session, survivor, merged, fields, by)
    pair = {"survivor_id": survivor_id, "merged_id": merged_id}
    done = {"merged_at": clock.now(), "merged_by": by}
    await session.execute(sa.insert(person_merge).values(**pair, **done, belongings=belongings))
    await _publish(session, survivor_id, merged_id)
    connection = await raw(session)
    await settle(session, survivor_id, merged_id, "same", by)
    await forget(connection, [merged_id])
    await compare_later(connection, [survivor_id])


async def _move(
    session: AsyncSession, survivor: Row, merged: Row, fields: Mapping[str, Any], by: str
) -> dict[str, Any]:
    survivor_id, merged_id = survivor["person_id"], merged["person_id"]
    await keep_people(await raw(session), [survivor_id, merged_id])
    belongings = {
        "survivor": {"before": plain(survivor, _FIELDS), "after": dict(fields)},
        "merged": plain(merged, LEAVING),
        "posts": await move_posts(session, survivor_id, merged_id, by),
        "names": await move_names(session, survivor_id, merged_id, by),
    }
    gone = {"merged_into": survivor_id, "deactivated_on": merged["deactivated_on"] or clock.today()}
    for row, values in ((survivor, stored(fields)), (merged, gone)):
        mine = person.c.person_id == row["person_id"]
        await session.execute(sa.update(person).where(mine).values(**values, **recorded(row, by)))
    await session.execute(sa.delete(agenda).where(agenda.c.person_id == merged_id))
    return belongings


async def _publish(session: AsyncSession, survivor_id: UUID, merged_id: UUID) -> None:
    connection = await raw(session)
    aliases = await alias(connection, merged_id, survivor_id)
    items = await states(connection, [survivor_id, merged_id])
    event = PeopleMerged(person_id=str(survivor_id), merged_id=str(merged_id), aliases=aliases, items=items)
    await announce_people(connection, [survivor_id])
    await outbox.add(session, event, aggregate_id=str(merged_id), version=aliases[0].version)


async def _systems(session: AsyncSession, person_id: UUID) -> set[str]:
    known = identified_person.c
    return set(await session.scalars(sa.select(known.system_id).where(known.person_id == person_id)))
