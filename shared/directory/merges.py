"""People who were merged, and parted again: what a service keeps of one is of the other, and back.

A row that names a person belongs to whom it was made for. `rekeyed_row` has that id of each row that is of
somebody else now, so that whose a row is follows from it and from `person_alias` alone: in any order of events,
and after a rebuild.
"""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from shared.database.engine import Connection, raw
from shared.directory.projection import take_people
from shared.events.registry import PeopleMerged, PeopleUnmerged, PersonAlias
from shared.messaging.subscriptions import Received

_ALIASES = """
insert into person_alias (person_id, version, merged_into)
select * from unnest($1::uuid[], $2::bigint[], $3::uuid[]) order by 1
on conflict (person_id) do update set version = excluded.version, merged_into = excluded.merged_into
where person_alias.version < excluded.version
returning person_id
"""
_TARGETS = """
select person_id, merged_into from person_alias where person_id = any($1::uuid[]) and merged_into is not null
"""
_ALL = "select person_id, merged_into from person_alias where merged_into is not null"
# Posts and sign-ins that came with one of both ($3) while the other's news was on its way. What somebody else has
# by now is theirs: a third record may have been parted again before this news came.
_POSTS = """
update post set person_id = n.person_id from unnest($1::uuid[], $2::uuid[]) as n(post_id, person_id)
where post.post_id = n.post_id and post.person_id <> n.person_id and post.person_id = any($3::uuid[])
"""
_SUBJECTS = """
update subject set person_id = n.person_id from unnest($1::text[], $2::uuid[]) as n(subject_key, person_id)
where subject.subject_key = n.subject_key and subject.person_id <> n.person_id
    and subject.person_id = any($3::uuid[])
"""
_NOTE = """
insert into rekeyed_row (kind, row_id, person_id)
select '{table}', {key}, person_id from {table} join person_alias a using (person_id)
where person_id = any($1::uuid[]) and a.merged_into is not null
on conflict do nothing
"""
_REKEY = """
update {table} t set person_id = coalesce(a.merged_into, r.person_id)
from rekeyed_row r left join person_alias a using (person_id)
where r.kind = '{table}' and r.person_id = any($1::uuid[]) and t.{key} = r.row_id
    and t.person_id <> coalesce(a.merged_into, r.person_id)
"""
_AT_HOME = """
delete from rekeyed_row r where r.kind = any($2::text[]) and r.person_id = any($1::uuid[])
    and not exists (select from person_alias a where a.person_id = r.person_id and a.merged_into is not null)
"""


class Keyed(NamedTuple):
    """A table whose rows belong to a person, in the column `person_id`, and the column of its key."""

    table: str
    key: str


Event = Received[PeopleMerged] | Received[PeopleUnmerged]


async def apply_merges(session: AsyncSession, events: Sequence[Event]) -> list[UUID]:
    """Take over who was merged into whom, or parted; older news changes nothing.

    Returns everybody whom that concerns: whose rows are somebody else's now, were, or became theirs.
    """
    connection = await raw(session)
    concerned: set[UUID] = set()
    for event in sorted(events, key=lambda event: event.version):
        found = await take_aliases(connection, event.data.aliases)
        if UUID(event.data.merged_id) in found:
            await _take_both(session, connection, event.data)
        concerned |= found
    return sorted(concerned)


async def take_aliases(connection: Connection, aliases: Sequence[PersonAlias]) -> set[UUID]:
    """As `apply_merges`, from the aliases alone."""
    people = [UUID(each.person_id) for each in aliases]
    before = await _targets(connection, people)
    versions = [each.version for each in aliases]
    into = [UUID(each.merged_into) if each.merged_into else None for each in aliases]
    rows = await connection.fetch(_ALIASES, people, versions, into)
    changed = {UUID(str(row[0])) for row in rows}
    after = await _targets(connection, people)
    return changed | {found[each] for found in (before, after) for each in changed if each in found}


async def rekey(session: AsyncSession, tables: Sequence[Keyed], people: Sequence[UUID]) -> None:
    """Let rows that were made for these people be of whom they are part now, or theirs again."""
    connection = await raw(session)
    for table in tables:
        names = table._asdict()
        await connection.execute(_NOTE.format(**names), people)
        await connection.execute(_REKEY.format(**names), people)
    await connection.execute(_AT_HOME, people, [table.table for table in tables])


async def settle(session: AsyncSession, tables: Sequence[Keyed], people: Sequence[UUID]) -> list[UUID]:
    """After rows were made for these people, as late news does: whose they are by now. Returns those people."""
    targets = await _targets(await raw(session), people)
    if targets:
        await rekey(session, tables, list(targets))
    return [targets.get(person, person) for person in people]


async def all_aliases(session: AsyncSession) -> dict[UUID, UUID]:
    """By person whose record is part of another one, that one's id."""
    rows = await (await raw(session)).fetch(_ALL)
    return {UUID(str(row[0])): UUID(str(row[1])) for row in rows}


async def _targets(connection: Connection, people: Sequence[UUID]) -> dict[UUID, UUID]:
    rows = await connection.fetch(_TARGETS, people)
    return {UUID(str(row[0])): UUID(str(row[1])) for row in rows}


async def _take_both(
    session: AsyncSession, connection: Connection, data: PeopleMerged | PeopleUnmerged
) -> None:
    posts = [(UUID(post.post_id), UUID(each.person_id)) for each in data.items for post in each.posts]
    keys = [(key, UUID(each.person_id)) for each in data.items for key in each.subject_keys]
    both = [UUID(each.person_id) for each in data.items]
    for statement, rows in ((_POSTS, posts), (_SUBJECTS, keys)):
        await connection.execute(statement, [row[0] for row in rows], [row[1] for row in rows], both)
    await take_people(session, data.items)
