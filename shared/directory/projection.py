"""Registry's events applied to the directory projection: set-based, one statement a table."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from shared.database.engine import raw
from shared.events.registry import PeopleChanged, PersonState, PostState, UnitsChanged, UnitState
from shared.messaging.subscriptions import Received

_UNITS = """
insert into unit
    (unit_code, version, level, type, ownership, rural, parent, path, open_from, closed_on, successors)
select unit_code, version, level, type, ownership, rural, parent, array[unit_code], open_from, closed_on,
       coalesce(successors, '{}')
from jsonb_to_recordset($1::text::jsonb) as s(
    unit_code text, version bigint, level text, type text, ownership text, rural boolean, parent text,
    open_from date, closed_on date, successors text[])
order by unit_code
on conflict (unit_code) do update set version = excluded.version, level = excluded.level, type = excluded.type,
    ownership = excluded.ownership, rural = excluded.rural, parent = excluded.parent,
    open_from = excluded.open_from, closed_on = excluded.closed_on, successors = excluded.successors
where unit.version < excluded.version
returning unit_code
"""
_STUBS = """
insert into unit (unit_code, version, path)
select distinct parent, 0, array[parent] from unit
where unit_code = any($1::text[]) and parent is not null
on conflict do nothing
"""
# Paths of the changed units and of all below them; the walk starts at the parent's stored path,
# parents before children because the recursion goes downwards from the topmost changed units. Topmost
# is what has no changed unit anywhere above it: with one only further up, a unit would get two paths.
_PATHS = """
with recursive top as (
    select u.unit_code, coalesce(p.path, '{}') || u.unit_code as path
    from unit u left join unit p on p.unit_code = u.parent
    where u.unit_code = any($1::text[]) and (p.path is null or not p.path && $1::text[])
), below as (
    select unit_code, path from top
    union all
    select u.unit_code, b.path || u.unit_code from unit u join below b on u.parent = b.unit_code
    where not u.unit_code = any(b.path)
)
update unit set path = below.path from below
where unit.unit_code = below.unit_code and unit.path is distinct from below.path
returning unit.unit_code
"""
_PEOPLE = """
insert into person (person_id, version, sex, birth_year, cadre, active, erased)
select person_id, version, sex, birth_year, cadre, active, erased
from jsonb_to_recordset($1::text::jsonb) as s(person_id uuid, version bigint, sex text, birth_year smallint,
     cadre text, active boolean, erased boolean)
order by person_id
on conflict (person_id) do update set version = excluded.version, sex = excluded.sex,
    birth_year = excluded.birth_year, cadre = excluded.cadre, active = excluded.active, erased = excluded.erased
where person.version < excluded.version
returning person_id
"""
# A post that another person had until now came over with a merge, or went back.
_CLEAR_POSTS = "delete from post where person_id = any($1::uuid[]) or post_id = any($2::uuid[])"
_CLEAR_SUBJECTS = "delete from subject where person_id = any($1::uuid[]) or subject_key = any($2::text[])"
_POSTS = """
insert into post (post_id, person_id, unit_code, role_code, level, valid_from, valid_to, acting, is_primary,
    manager_post_id, recorded_at, recorded_by, writers)
select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::date[],
    $7::date[], $8::boolean[], $9::boolean[], $10::uuid[], $11::timestamptz[], $12::text[], $13::text[]::jsonb[])
on conflict (post_id) do nothing
"""
_SUBJECTS = "insert into subject (subject_key, person_id) select * from unnest($1::text[], $2::uuid[])"


async def apply_units(
    session: AsyncSession, events: Sequence[Received[UnitsChanged]]
) -> tuple[list[str], list[str]]:
    """Take over units; returns the codes that changed and those whose path changed (descendants too)."""
    return await take_units(session, (item for event in events for item in event.data.items))


async def take_units(session: AsyncSession, states: Iterable[UnitState]) -> tuple[list[str], list[str]]:
    """As `apply_units`, from states themselves: the newest of each unit counts."""
    newest = _newest((state.unit_code, state) for state in states)
    if not newest:
        return [], []
    connection = await raw(session)
    rows = await connection.fetch(_UNITS, msgspec.json.encode(newest).decode())
    changed = [row["unit_code"] for row in rows]
    if not changed:
        return [], []
    await connection.execute(_STUBS, changed)
    moved = await connection.fetch(_PATHS, changed)
    return changed, [row["unit_code"] for row in moved]


async def apply_people(session: AsyncSession, events: Sequence[Received[PeopleChanged]]) -> list[UUID]:
    """Take over people with their posts and subjects; returns the ids of those that changed."""
    return await take_people(session, (item for event in events for item in event.data.items))


async def take_people(session: AsyncSession, states: Iterable[PersonState]) -> list[UUID]:
    """As `apply_people`, from states themselves: the newest of each person counts."""
    newest = _newest((state.person_id, state) for state in states)
    if not newest:
        return []
    connection = await raw(session)
    rows = await connection.fetch(_PEOPLE, msgspec.json.encode(newest).decode())
    changed = {UUID(str(row["person_id"])) for row in rows}
    people = [state for state in newest if UUID(state.person_id) in changed]
    keys = [(key, UUID(state.person_id)) for state in people for key in state.subject_keys]
    posts = [_post_row(state, post) for state in people for post in state.posts]
    await connection.execute(_CLEAR_POSTS, list(changed), [row[0] for row in posts])
    await connection.execute(_CLEAR_SUBJECTS, list(changed), [key for key, _ in keys])
    if posts:
        await connection.execute(_POSTS, *(list(column) for column in zip(*posts, strict=True)))
    if keys:
        await connection.execute(_SUBJECTS, *(list(column) for column in zip(*keys, strict=True)))
    return sorted(changed)


def _post_row(person: PersonState, post: PostState) -> tuple[Any, ...]:
    manager = UUID(post.manager_post_id) if post.manager_post_id else None
    return (
        UUID(post.post_id), UUID(person.person_id), post.unit_code, post.role_code, post.level,
        post.valid_from, post.valid_to, post.acting, post.primary, manager, post.recorded_at, post.recorded_by,
        _writers(post),
    )  # fmt: skip


def _writers(post: PostState) -> str:
    writers = {each.recorded_by: each.recorded_at for each in post.superseded}
    if post.recorded_by is not None and post.recorded_at is not None:
        writers[post.recorded_by] = post.recorded_at
    return msgspec.json.encode(writers).decode()


def _newest(states: Iterable[tuple[str, Any]]) -> list[Any]:
    """One state a key, the one with the highest version."""
    best: dict[str, Any] = {}
    for key, state in states:
        if key not in best or best[key].version < state.version:
            best[key] = state
    return list(best.values())
