"""People compared with those who are known, and pairs decided about.

Whoever is recorded or changes waits in `match_due`; a timer compares a few at a time, each with those who share a
blocking key, and never with more than a bounded number.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.matching.commands.scopes import pairs_across
from services.registry.matching.score import (
    BEYOND,
    END,
    UNPLACED,
    Record,
    around,
    identifying,
    keys,
    likeness,
    met_in,
)
from services.registry.tables.matching import match_review
from services.registry.tables.states import Connection
from shared import clock
from shared.database.engine import lock, raw
from shared.errors import Conflict, NotFound

AT_ONCE = 100  # people a turn
MOST_ALIKE = 30  # people with one key in one place: more share it by chance, and are not compared by it there
MOST_PLACES = 8  # of one person
# Held by whoever takes away what people are compared by: a turn that has read it would write it down again.
COMPARING = "comparing people"

_DUE = """
select due_id, first_id, last_id from match_due order by due_id limit $1 for update skip locked
"""
_LATER = "insert into match_due (first_id, last_id) select * from unnest($1::uuid[], $2::uuid[])"
_NEXT = """
select person_id from person where person_id between $1 and $2 and merged_into is null
order by person_id limit $3
"""
_EARLIER = "select first_id, second_id from match_review where state = 'open' and met_in is null limit $1"
_GO_ON = "update match_due set first_id = $2 where due_id = $1"
_DONE = "delete from match_due where due_id = any($1::bigint[])"
_RECORDS = """
select p.person_id::text as person_id, p.family_name, p.given_name, p.sex, p.birth_year, p.cadre, p.phone, p.email,
    array(select distinct unit_code from post where post.person_id = p.person_id) as units
from person p where p.person_id = any($1::uuid[]) and p.merged_into is null and not p.erased
"""
# Where a person's posts are, the lasting ones first; of who has none, which source recorded them.
_PLACES = f"""
select p.person_id::text, coalesce(placed.place, '{UNPLACED}' || p.source || '{END}')
from person p left join lateral (
    select array_to_string(u.path, '{END}') || '{END}' as place
    from post join unit u using (unit_code) where post.person_id = p.person_id
    group by u.path order by max(coalesce(post.valid_to, 'infinity')) desc, u.path limit {MOST_PLACES}
) placed on true
where p.person_id = any($1::uuid[])
"""
_FORGET_KEYS = "delete from placed_match_key where person_id = any($1::uuid[])"
_KEYS = """
insert into placed_match_key (key, place, person_id)
select * from unnest($1::text[], $2::text[], $3::uuid[]) order by 1, 2, 3
"""
_INSIDE = f"k.place >= a.place and (a.place = '' or k.place < left(a.place, -1) || '{BEYOND}')"
# Pairs of people with those who share a key ($1) around a place of theirs ($2); a key that too many there have
# brings none. Counted are those of that part of the tree alone, so that what somebody sees of people whom they
# keep does not tell of others. A pair is for those who keep a part in which it met; one that meets only everywhere
# is `nationwide`, for those who keep everybody.
_PAIRS = f"""
with asked as (
    select * from unnest($1::text[], $2::text[], $3::uuid[]) as a(key, place, person_id)
), usable as (
    select a.key, a.place from (select distinct key, place from asked) a cross join lateral (
        select count(*) as held, count(distinct person_id) as people from (
            select k.person_id from placed_match_key k where k.key = a.key and {_INSIDE} limit 4 * $4 + 1) few
    ) counted where held <= 4 * $4 and people <= $4
)
select least(a.person_id, k.person_id)::text, greatest(a.person_id, k.person_id)::text, array_agg(distinct a.place)
from asked a join usable using (key, place)
join placed_match_key k on k.key = a.key and {_INSIDE} and k.person_id <> a.person_id
group by 1, 2
"""
_REVIEW = """
insert into match_review as r
    (version, first_id, second_id, score, fields, compared, nationwide, met_in, scopes, state, found_at)
select 1, first_id, second_id, score, fields::jsonb, compared, nationwide, string_to_array(met_in, ','),
    string_to_array(scopes, ',')::bigint[], 'open', $9
from unnest($1::uuid[], $2::uuid[], $3::int[], $4::text[], $5::bytea[], $6::boolean[], $7::text[], $8::text[])
    as n(first_id, second_id, score, fields, compared, nationwide, met_in, scopes) order by first_id, second_id
on conflict (first_id, second_id) do update set
    -- without where they met: that would tell of others there
    version = r.version + ((r.state, r.score, r.compared) <> ('open', excluded.score, excluded.compared))::int,
    score = excluded.score,
    fields = excluded.fields, compared = excluded.compared, nationwide = excluded.nationwide,
    met_in = excluded.met_in, scopes = excluded.scopes, state = 'open',
    found_at = case when r.state = 'open' then r.found_at else excluded.found_at end,
    decided_at = null, decided_by = null
where r.state <> 'same' and (r.compared <> excluded.compared or r.state = 'open'
    and (r.score, r.nationwide, r.met_in, r.scopes)
        is distinct from (excluded.score, excluded.nationwide, excluded.met_in, excluded.scopes))
"""
# Open pairs of the people $1 who are not alike any more.
_UNLIKE = """
delete from match_review r where r.state = 'open'
    and (r.first_id = any($1::uuid[]) or r.second_id = any($1::uuid[]))
    and not exists (select from unnest($2::uuid[], $3::uuid[]) as n(first_id, second_id)
        where n.first_id = r.first_id and n.second_id = r.second_id)
"""


async def compare_later(connection: Connection, ids: Iterable[Any], *, between: bool = False) -> None:
    """Let people who are new or changed be compared soon; `between`: and all between the first and the last id.

    New people of a load have ids that follow one another, so that all of them cost one row. Changed ones cost
    a row each: between them may be everybody else.
    """
    ordered = sorted(str(each) for each in ids)
    if not ordered:
        return
    last = ordered
    if between:
        ordered, last = [ordered[0]], [ordered[-1]]
    await connection.execute(_LATER, ordered, last)


async def compare_next(session: AsyncSession) -> int:
    """Compare the next few people who are due. Returns how many there were."""
    connection = await raw(session)
    due = await connection.fetch(_DUE, AT_ONCE)
    if due:
        await lock(session, COMPARING, shared=True)
    return await _compare_due(connection, due) if due else await _compare_earlier(connection)


async def _compare_earlier(connection: Connection) -> int:
    """Pairs of a version that did not note where they met are compared once more. Returns how many."""
    rows = await connection.fetch(_EARLIER, AT_ONCE)
    await compare_later(connection, {each for row in rows for each in (row["first_id"], row["second_id"])})
    return len(rows)


async def _compare_due(connection: Connection, due: Sequence[Any]) -> int:
    """Compare the people of the first span, or, where that is one person, all single ones. Returns how many."""
    first, singles = due[0], [row for row in due if row["first_id"] == row["last_id"]]
    if first["first_id"] == first["last_id"]:
        await _compare(connection, sorted({row["first_id"] for row in singles}))
        await connection.execute(_DONE, [row["due_id"] for row in singles])
        return len(singles)
    ids = [row[0] for row in await connection.fetch(_NEXT, first["first_id"], first["last_id"], AT_ONCE)]
    await _compare(connection, ids)
    if len(ids) < AT_ONCE:
        await connection.execute(_DONE, [first["due_id"]])
    else:
        await connection.execute(_GO_ON, first["due_id"], UUID(int=ids[-1].int + 1))
    return max(len(ids), 1)


async def decide(session: AsyncSession, review_id: UUID, state: str, by: str) -> None:
    """Somebody says whether a pair is one person. Raises Conflict `match-decided`, NotFound `match-unknown`."""
    mine = match_review.c.review_id == review_id
    row = (await session.execute(sa.select(match_review).where(mine).with_for_update())).one_or_none()
    if row is None:
        raise NotFound("match-unknown", "There is no such pair, or none that you may see.")
    if row.state != "open":
        raise Conflict("match-decided", "Somebody has decided about the pair already.")
    decided = {"state": state, "version": row.version + 1, "decided_at": clock.now(), "decided_by": by}
    await session.execute(sa.update(match_review).where(mine).values(**decided))


async def forget(connection: Connection, ids: Sequence[UUID]) -> None:
    """People are compared no more: they are part of others, and pairs with them wait for nobody."""
    await connection.execute(_FORGET_KEYS, ids)
    await connection.execute(_UNLIKE, ids, [], [])


async def settle(session: AsyncSession, one: UUID, other: UUID, state: str, by: str) -> None:
    """What became of two people is what somebody decided about the pair, if it is one."""
    first, second = sorted((str(one), str(other)))
    pair = sa.and_(match_review.c.first_id == first, match_review.c.second_id == second)
    changed = sa.update(match_review).where(pair, match_review.c.state != state)
    decided = {"version": match_review.c.version + 1, "decided_at": clock.now(), "decided_by": by}
    await session.execute(changed.values(state=state, **decided))


async def _compare(connection: Connection, ids: Sequence[UUID]) -> None:
    if not ids:
        return
    own = await _records(connection, ids)
    pairs = await _pairs(connection, ids, own)
    others = {each for first, second, *_ in pairs for each in (first, second)} - own.keys()
    known = own | await _records(connection, [UUID(each) for each in others])
    alike = []
    for first, second, *met in pairs:
        if first not in known or second not in known:  # merged since it got its keys
            continue
        found = likeness(known[first], known[second])
        if found.waits:
            parts = msgspec.json.encode([part._asdict() for part in found.parts]).decode()
            digest = identifying(known[first], known[second])
            alike.append((first, second, found.score, parts, digest, *met))
    columns = [list(column) for column in zip(*alike, strict=True)] or [[] for _ in range(8)]
    await connection.execute(_UNLIKE, ids, columns[0], columns[1])
    await connection.execute(_REVIEW, *columns, clock.now())


async def _pairs(
    connection: Connection, ids: Sequence[UUID], own: Mapping[str, Record]
) -> list[tuple[str, str, bool, str, str]]:
    """Give people their keys and places, and find whom they meet by them.

    Both ids, whether they meet only everywhere, then units and scopes in which they do, comma-separated.
    """
    await connection.execute(_FORGET_KEYS, ids)
    places = defaultdict(list)
    for person_id, place in await connection.fetch(_PLACES, ids):
        places[person_id].append(place)
    keyed = [(key, person_id) for person_id, record in own.items() for key in keys(record)]
    rows = [(key, place, person_id) for key, person_id in keyed for place in places[person_id]]
    await connection.execute(_KEYS, *_columns(rows))
    asked = {(key, part, person_id) for key, place, person_id in rows for part in around(place)}
    met = {
        (row[0], row[1]): row[2]
        for row in await connection.fetch(_PAIRS, *_columns(sorted(asked)), MOST_ALIKE)
    }
    across = await pairs_across(connection, rows, MOST_ALIKE)
    return [
        (
            *pair,
            not any(met.get(pair, ())),
            ",".join(met_in(met.get(pair, ()))),
            ",".join(map(str, across.get(pair, ()))),
        )
        for pair in sorted(met.keys() | across.keys())
    ]


def _columns(rows: Sequence[tuple[str, str, str]]) -> list[list[str]]:
    return [list(column) for column in zip(*rows, strict=True)] or [[], [], []]


async def _records(connection: Connection, ids: Sequence[UUID]) -> dict[str, Record]:
    rows = await connection.fetch(_RECORDS, ids)
    return {row[0]: Record(**{**dict(row), "units": frozenset(row["units"])}) for row in rows}
