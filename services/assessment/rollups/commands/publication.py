"""Publishing roll-ups in editions: everybody who may not read individuals sees these.

The consumer remembers how people counted before they changed; a timer looks at one tree of a
period and level at a time, and copies from the live figures what may move. Both hold one lock,
so an edition has all of a change or nothing of it.
"""

import asyncio
import time
from collections.abc import Collection, Sequence
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg
from sqlalchemy.ext.asyncio import AsyncSession

from services.assessment.rollups.commands import rollup_events
from services.assessment.rollups.editions import FIGURES, decide
from shared import clock
from shared.database.arrays import literal
from shared.database.engine import raw
from shared.messaging import outbox
from shared.messaging.tracing import telling

Connection = asyncpg.Connection
Changed = tuple[str, str, UUID]  # period, level, person

REST = 10  # a tree rests for so many times what the last look at it took: counting waits for a look
# Read or written together, a multiple of what one event holds. 30,000 that arrived at once kept all others from
# being served for 30 ms.
ROWS = 2 * outbox.MAX_ITEMS

# One upkeep at a time over all replicas: batches then never wait for each other's rows in turn.
HOLD = "select pg_advisory_xact_lock(hashtextextended('assessment-rollups', 0))"
_TOUCH = """
insert into rollup_tree as t (period, level) select distinct * from unnest($1::text[], $2::text[])
on conflict (period, level) do update set touched = true where not t.touched
"""
# A tree that was never published told nothing, so nobody need be remembered.
_REMEMBER = """
insert into rollup_change (period, level, person_id, edition, path, scores, targets)
select n.period, n.level, n.person_id, t.edition + 1, c.path, c.scores, c.targets
from unnest($1::text[], $2::text[], $3::uuid[]) as n(period, level, person_id)
join rollup_tree t using (period, level) left join counted c using (period, level, person_id)
where t.edition > 0 on conflict do nothing
"""
_NEXT = """
update rollup_tree t set touched = false, looked_at = clock_timestamp() from (
    select period, level from rollup_tree
    where touched and (looked_at is null or clock_timestamp() >= looked_at + $1 * took)
    order by looked_at nulls first limit 1
) n where (t.period, t.level) = (n.period, n.level) returning t.period, t.level, t.edition
"""
_RESTED = """
select extract(epoch from min(looked_at + $1 * took) - clock_timestamp())::float from rollup_tree where touched
"""
_CHANGES = """
select h.person_id, h.edition, h.path, h.scores, h.targets,
    c.path as now_path, c.scores as now_scores, c.targets as now_targets
from rollup_change h left join counted c using (period, level, person_id)
where h.period = $1 and h.level = $2 order by h.person_id, h.edition
"""
# From the root down to where nothing changed and nothing waits for its first edition.
_CELLS = """
with recursive cell as (
    select unit_code, parent, people, counts from rollup
    where period = $1 and level = $2 and parent is null
    union all
    select r.unit_code, r.parent, r.people, r.counts from cell
    join rollup r on r.parent = cell.unit_code and r.period = $1 and r.level = $2
    where cell.unit_code = any($3::text[]) or exists (
        select from unnest(cell.people || cell.counts) with ordinality as size(people, place)
        left join published_rollup p on (p.unit_code, p.period, p.level) = (cell.unit_code, $1, $2)
        where size.people >= 5 and coalesce(p.moved[size.place], 0) = 0)
)
select c.unit_code, c.parent, c.people, c.counts, coalesce(p.moved, array_fill(0, array[$4::int])) as moved
from cell c left join published_rollup p on (p.unit_code, p.period, p.level) = (c.unit_code, $1, $2)
"""
# `moved` holds the edition for what moves and 0 for what stays.
_COPY = f"""
insert into published_rollup as p
    (unit_code, period, level, version, moved, people, counts, sums, below, histogram)
select r.unit_code, r.period, r.level, 1, n.moved::int[], r.people, r.counts, r.sums, r.below, r.histogram
from unnest($3::text[], $4::text[]) as n(unit_code, moved)
join rollup r on (r.unit_code, r.period, r.level) = (n.unit_code, $1, $2)
on conflict (unit_code, period, level) do update set version = p.version + 1,
    moved = moved_arrays(excluded.moved, p.moved, excluded.moved),
    people = case when excluded.moved[1] > 0 then excluded.people else p.people end,
    counts = moved_arrays(excluded.counts, p.counts, excluded.moved[2:]),
    sums = moved_arrays(excluded.sums, p.sums, excluded.moved[2:]),
    below = moved_arrays(excluded.below, p.below, excluded.moved[2:]),
    histogram = moved_arrays(excluded.histogram, p.histogram, excluded.moved[2:])
returning {rollup_events.COLUMNS}
"""
_LOOKED = "update rollup_tree set took = clock_timestamp() - looked_at where period = $1 and level = $2"
_EDITION = "update rollup_tree set edition = $3 where period = $1 and level = $2"
_FORGET = """
delete from rollup_change h using unnest($3::uuid[], $4::int[]) as n(person_id, told)
where h.period = $1 and h.level = $2 and h.person_id = n.person_id and h.edition <= n.told
"""
_PUBLISHED_CYCLES = """
update cycle c set published_at = $1
where settled_at is not null and published_at is null and not exists (
    select from result r left join counted k on k.person_id = r.person_id and k.period = r.period
    left join rollup_tree t on t.period = r.period
    where r.cycle_id = c.cycle_id and (k.completed_at is null or k.completed_at < r.completed_at or t.touched))
"""


async def remember(connection: Connection, changed: Collection[Changed]) -> None:
    """Before these people's rows of `counted` change: how they counted, and that their trees are touched."""
    if not changed:
        return
    in_periods, levels, people = (list(column) for column in zip(*changed, strict=True))
    await connection.execute(_TOUCH, in_periods, levels)
    await connection.execute(_REMEMBER, in_periods, levels, people)


async def publish(session: AsyncSession, rest: float = REST) -> int:
    """One edition of the touched tree that was looked at longest ago, and has rested, if anything may move.

    Returns 0: the next tree waits for the next look at the clock, so that counting goes on in between.
    With 1,000,000 people in 30,000 units on 2 busy cores a first edition took 0.3 to 0.7 s, one after
    200 people in as many units 0.4 s, after 10 people 0.04 s.
    """
    connection, since = await raw(session), time.time_ns()
    await connection.execute(HOLD)
    row = await connection.fetchrow(_NEXT, rest)
    if row is None:
        return 0
    tree, edition = (row["period"], row["level"]), row["edition"] + 1
    changes = await connection.fetch(_CHANGES, *tree)
    concerned = {
        code for change in changes for path in (change["path"], change["now_path"]) for code in path or ()
    }
    cells = await _cells(connection, *tree, list(concerned), FIGURES)
    # Whatever takes long for 30,000 cells is done in a thread: others are served meanwhile.
    step = await asyncio.to_thread(_decided, cells, changes, edition)
    if step.units:
        with telling("rollups", since):
            await connection.execute(_EDITION, *tree, edition)
            for start in range(0, len(step.units), ROWS):
                piece = slice(start, start + ROWS)
                columns = step.units[piece], step.moved[piece]
                await rollup_events.send(session, await connection.fetch(_COPY, *tree, *columns))
        await connection.execute(_FORGET, *tree, step.people, step.editions)
    await connection.execute(_LOOKED, *tree)
    return 0


async def rested(session: AsyncSession) -> float | None:
    """Seconds until a touched tree has rested, negative where one has; None where none is touched."""
    seconds: float | None = await (await raw(session)).fetchval(_RESTED, REST)
    return seconds


async def _cells(connection: Connection, *arguments: Any) -> list[Any]:
    cursor, cells = await connection.cursor(_CELLS, *arguments), list[Any]()
    while piece := await cursor.fetch(ROWS):
        cells += piece
    return cells


class _Step(NamedTuple):
    """An edition as statements take it: columns of what moves, and of whose changes are told up to when."""

    units: list[str]
    moved: list[str]
    people: list[UUID]
    editions: list[int]


def _decided(cells: Sequence[Any], changes: Sequence[Any], edition: int) -> _Step:
    decision = decide({cell["unit_code"]: cell for cell in cells}, changes, edition)
    moving, told = decision.moving, decision.told
    units = sorted(moving)
    moved = [
        literal([edition if figure in moving[code] else 0 for figure in range(FIGURES)]) for code in units
    ]
    return _Step(units, moved, [person for person, _ in told], [until for _, until in told])


async def publish_cycles(session: AsyncSession) -> int:
    """Say of settled cycles that their figures are published: everybody counts, and an edition had its chance."""
    status: Any = await (await raw(session)).execute(_PUBLISHED_CYCLES, clock.now())
    return int(status.rsplit(" ", 1)[1])
