"""Whom a transaction changed, for the audit: read off the list of changes, so that every door is covered alike."""

from collections.abc import AsyncIterator
from uuid import UUID

from starlette.requests import Request

from shared.database.engine import Connection

TOGETHER = 1000  # ids
# A post or a sign-in raises the version of its person, so that each is a change of a person too.
_CHANGED = f"""
with changed as (
    select distinct unnest(ids) as person_id from resource_change
    where position is null and kind = 'person' and transaction = (pg_current_xact_id()::text)::bigint
), numbered as (
    select person_id, (row_number() over (order by person_id) - 1) / {TOGETHER} as piece from changed
)
select array_agg(person_id order by person_id) from numbered group by piece order by piece
"""


async def changed_people(connection: Connection, _: Request) -> AsyncIterator[list[UUID]]:
    """Ids in order, each once, up to 1,000 at a time. Needs the open transaction."""
    async for row in connection.cursor(_CHANGED, prefetch=8):
        yield row[0]
