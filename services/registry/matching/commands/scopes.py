"""Pairs across several units, for who keeps these and nothing above them.

Somebody in one unit and somebody in another meet where the smallest unit that has both is counted, and that counts
people of further units. So who keeps the two alone is shown such a pair only if it is found among the people of
their own units. These are noted when they first ask for pairs; then everybody there is compared within them.
"""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.access.queries import KEEP
from services.registry.matching.queries import topmost
from services.registry.matching.score import BEYOND, END
from services.registry.tables.matching import match_due, match_scope
from services.registry.tables.people import post
from services.registry.tables.states import Connection
from services.registry.tables.units import unit
from shared import clock
from shared.auth import rights
from shared.auth.caller import Caller
from shared.database.engine import Database, lock

MOST, UNITS = 50, 20  # scopes, and units of one: each costs a look for each key of a person in it
UNUSED = timedelta(days=90)
_NOTED = timedelta(days=1)
_LOCK = "scopes of pairs"
_PARTS = f"""
select s.scope_id, array_to_string(u.path, '{END}') || '{END}' from match_scope s
cross join unnest(s.units) as code join unit u on u.unit_code = code
"""
_INSIDE = f"k.key = a.key and k.place >= p.place and k.place < left(p.place, -1) || '{BEYOND}'"
_PAIRS = f"""
with asked as (
    select * from unnest($1::text[], $2::bigint[], $3::uuid[]) as a(key, scope_id, person_id)
), part as (
    select * from unnest($4::bigint[], $5::text[]) as p(scope_id, place)
), usable as (
    select a.key, a.scope_id from (select distinct key, scope_id from asked) a cross join lateral (
        select count(*) as held, count(distinct person_id) as people from (
            select k.person_id from part p join placed_match_key k on {_INSIDE}
            where p.scope_id = a.scope_id limit 4 * $6 + 1) few
    ) counted where held <= 4 * $6 and people <= $6
)
select least(a.person_id, k.person_id)::text, greatest(a.person_id, k.person_id)::text,
    array_agg(distinct scope_id)
from asked a join usable using (key, scope_id) join part p using (scope_id)
join placed_match_key k on {_INSIDE} and k.person_id <> a.person_id
group by 1, 2
"""
Row = tuple[str, str, str]


async def note(database: Database, caller: Caller) -> None:
    """Compare people across the caller's units from now on. Raises Forbidden `role-missing`."""
    rights.require(caller, KEEP)
    if len(caller.units) > 1:
        async with database.looking() as session:
            await _note(session, caller)


async def _note(session: AsyncSession, caller: Caller) -> None:
    units, now = list(await session.scalars(topmost(caller))), clock.now()
    if not 1 < len(units) <= UNITS:
        return
    seen_at = await session.scalar(sa.select(match_scope.c.seen_at).where(match_scope.c.units == units))
    if seen_at is not None:
        if now - seen_at > _NOTED:
            await session.execute(
                sa.update(match_scope).where(match_scope.c.units == units).values(seen_at=now)
            )
        return
    await lock(session, _LOCK)
    await session.execute(sa.delete(match_scope).where(match_scope.c.seen_at < now - UNUSED))
    if (await session.scalar(sa.select(sa.func.count()).select_from(match_scope)) or 0) >= MOST:
        return
    new = insert(match_scope).values(units=units, seen_at=now).on_conflict_do_nothing()
    if await session.scalar(new.returning(match_scope.c.scope_id)) is not None:
        await _compare_all(session, units)


async def _compare_all(session: AsyncSession, units: list[str]) -> None:
    """Let everybody with a post in the units be compared, and who is recorded between them."""
    its = sa.select(post.c.person_id).join(unit, unit.c.unit_code == post.c.unit_code)
    inside = its.where(unit.c.path.overlap(sa.cast(units, unit.c.path.type)))
    first = await session.scalar(inside.order_by(post.c.person_id).limit(1))
    last = await session.scalar(inside.order_by(post.c.person_id.desc()).limit(1))
    if first is not None:
        await session.execute(sa.insert(match_due).values(first_id=first, last_id=last))


async def pairs_across(
    connection: Connection, rows: Iterable[Row], most_alike: int
) -> Mapping[tuple[str, str], list[int]]:
    """Pairs of the people of `rows` (key, place, person) with who shares a key in a scope, and these scopes."""
    parts: list[Any] = await connection.fetch(_PARTS)
    asked = {
        (key, part[0], person_id)
        for key, place, person_id in rows
        for part in parts
        if place.startswith(part[1])
    }
    if not asked:
        return {}
    columns = [list(column) for column in zip(*sorted(asked), strict=True)]
    places = [[part[0] for part in parts], [part[1] for part in parts]]
    found = await connection.fetch(_PAIRS, *columns, *places, most_alike)
    return {(row[0], row[1]): sorted(row[2]) for row in found}
