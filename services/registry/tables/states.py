"""Rows as the states that events and snapshots carry: of people no name, contact or external id."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

import asyncpg

from services.registry.primary_post import Held, primary_posts
from shared.events.registry import PersonAlias, PersonState, PostState, PostWriting, RoleState, UnitState

Connection = asyncpg.Connection

_UNITS = """
select unit_code, version, name, level, type, open_from, ownership, rural, parent, closed_on, successors
from unit where unit_code = any($1::text[]) order by unit_code
"""
_ROLES = """
select role_code, version, coalesce(level, '') as level, setting from role
where role_code = any($1::text[]) order by role_code
"""
_PEOPLE = """
select person_id, version, deactivated_on, sex, birth_year, cadre, erased from person
where person_id = any($1::uuid[]) order by person_id
"""
_ALIASES = """
select person_id, version, merged_into from person where person_id = any($1::uuid[]) order by person_id
"""
_SUBJECTS = (
    "select person_id, subject_key from subject where person_id = any($1::uuid[]) order by subject_key"
)
_POSTS = """
select post.person_id, post.post_id, post.unit_code, post.role_code, coalesce(role.level, ''), post.valid_from,
       post.valid_to, post.acting, post.primary_claim, post.manager_post_id, post.recorded_at, post.recorded_by
from post join role using (role_code) where post.person_id = any($1::uuid[]) order by post.valid_from, post.post_id
"""
_SUPERSEDED = """
select post_id, recorded_by, max(recorded_at) as recorded_at from post_version
where post_id = any($1::uuid[]) group by post_id, recorded_by order by post_id, recorded_at, recorded_by
"""


async def unit_states(connection: Connection, codes: Sequence[str]) -> list[UnitState]:
    """Units as they are now."""
    return [UnitState(**dict(row)) for row in await connection.fetch(_UNITS, codes)]


async def role_states(connection: Connection, codes: Sequence[str]) -> list[RoleState]:
    """Roles as they are now."""
    return [RoleState(**dict(row)) for row in await connection.fetch(_ROLES, codes)]


async def alias_states(connection: Connection, ids: Sequence[UUID]) -> list[PersonAlias]:
    """Which record people are part of now."""
    rows = await connection.fetch(_ALIASES, ids)
    return [
        PersonAlias(person_id=str(row[0]), version=row[1], merged_into=str(row[2]) if row[2] else None)
        for row in rows
    ]


async def person_states(connection: Connection, ids: Sequence[UUID], today: date) -> list[PersonState]:
    """People as they are on `today`, with all their posts and the keys of their sign-ins."""
    keys: dict[UUID, list[str]] = defaultdict(list)
    for person_id, key in await connection.fetch(_SUBJECTS, ids):
        keys[person_id].append(key)
    posts: dict[UUID, list[Any]] = defaultdict(list)
    for row in await connection.fetch(_POSTS, ids):
        posts[row[0]].append(row)
    before: dict[UUID, list[PostWriting]] = defaultdict(list)
    held = [row[1] for rows in posts.values() for row in rows]
    for post_id, by, at in await connection.fetch(_SUPERSEDED, held):
        before[post_id].append(PostWriting(recorded_by=by, recorded_at=at))
    rows = await connection.fetch(_PEOPLE, ids)
    return [
        PersonState(
            person_id=str(person_id),
            version=version,
            active=deactivated_on is None or deactivated_on > today,
            sex=sex,
            birth_year=birth_year,
            cadre=cadre,
            subject_keys=keys.get(person_id, []),
            posts=_post_states(posts.get(person_id, ()), before, today),
            deactivated_on=deactivated_on,
            erased=erased,
        )
        for person_id, version, deactivated_on, sex, birth_year, cadre, erased in rows
    ]


def _post_states(
    rows: Sequence[Any], before: Mapping[UUID, list[PostWriting]], today: date
) -> list[PostState]:
    held = [Held(str(row[1]), row[5], row[6], row[7], row[8]) for row in rows]
    primary = primary_posts(held, today)
    return [
        PostState(
            post_id=post.post_id,
            unit_code=row[2],
            role_code=row[3],
            level=row[4],
            valid_from=post.valid_from,
            valid_to=post.valid_to,
            acting=post.acting,
            primary=post.post_id in primary,
            manager_post_id=str(row[9]) if row[9] else None,
            recorded_at=row[10],
            recorded_by=row[11],
            superseded=before.get(row[1], []),
        )
        for row, post in zip(rows, held, strict=True)
    ]
