"""Counting everybody anew: who counts from the results, roll-ups from who counts."""

from sqlalchemy.ext.asyncio import AsyncSession

from services.assessment.rollups.commands.rollups import HOLD
from shared import clock, periods
from shared.database.engine import raw

# A closed period keeps the tree it was counted in; an open one takes the tree of now.
_FRESH = """
create temporary table fresh on commit drop as
select f.* from (
select n.person_id, n.period, n.assessment_id, n.completed_at, n.unit_code,
    coalesce(
        case when n.period < $1 then (
            select k.path from counted k where k.unit_code = n.unit_code and k.period = n.period limit 1) end,
        u.path, array[n.unit_code]) as path,
    n.level, n.scores, n.targets, n.unverified
from (
    select distinct on (person_id, period) * from result where exists (select from unnest(scores) s where s > 0)
        and not exists (
            select from carried_result b where (b.person_id, b.period) = (result.person_id, result.period))
    order by person_id, period, completed_at desc, assessment_id desc
) n
left join unit u on u.unit_code = n.unit_code
) f left join counted c using (person_id, period)
where (c.assessment_id, c.unit_code, c.path, c.level, c.scores, c.targets, c.unverified) is distinct from
    (f.assessment_id, f.unit_code, f.path, f.level, f.scores, f.targets, f.unverified)
"""
# Counted without a result that measured anything.
_GONE = """
create temporary table gone on commit drop as
select person_id, period, level from counted c where not exists (
    select from result r where (r.person_id, r.period) = (c.person_id, c.period)
        and exists (select from unnest(r.scores) s where s > 0))
    or exists (select from carried_result b where (b.person_id, b.period) = (c.person_id, c.period))
"""
_DROP = "delete from counted c using gone g where (c.person_id, c.period) = (g.person_id, g.period)"
_COUNT = """
insert into counted (person_id, period, assessment_id, completed_at, unit_code, path, level, scores, targets,
    unverified)
select person_id, period, assessment_id, completed_at, unit_code, path, level, scores, targets, unverified
from fresh
on conflict (person_id, period) do update set assessment_id = excluded.assessment_id,
    completed_at = excluded.completed_at, unit_code = excluded.unit_code, path = excluded.path,
    level = excluded.level, scores = excluded.scores, targets = excluded.targets, unverified = excluded.unverified
"""
# Per unit first, so that the tree is joined to units and not to people.
_FIGURES = """
with own as (
    select c.path, c.period, c.level, k.place, count(k.score) as n, coalesce(sum(k.score), 0) as total,
        count(*) filter (where k.score < c.targets[k.place]) as below,
        count(*) filter (where c.unverified[k.place] and k.score is not null) as unverified,
        array[count(*) filter (where b.bin = 1), count(*) filter (where b.bin = 2),
            count(*) filter (where b.bin = 3), count(*) filter (where b.bin = 4),
            count(*) filter (where b.bin = 5)] as bins
    from counted c cross join lateral unnest(c.scores) with ordinality as k(score, place)
    cross join lateral (
        select case when k.score is not null then least(greatest((k.score + 50) / 100, 1), 5) end as bin
    ) b  -- least() and greatest() pass over nulls
    group by c.path, c.period, c.level, k.place
), heads as (
    select path, period, level, count(*) as people from counted group by 1, 2, 3
), above as (
    select a.code, h.period, h.level, max(h.path[a.rank - 1]) as parent, sum(h.people)::int as people
    from heads h cross join lateral unnest(h.path) with ordinality as a(code, rank) group by 1, 2, 3
), summed as (
    select a.code, o.period, o.level, o.place, sum(o.n)::int as n, sum(o.total)::int as total,
        sum(o.below)::int as below, sum(o.unverified)::int as unverified,
        sum(o.bins[1])::int as b1, sum(o.bins[2])::int as b2,
        sum(o.bins[3])::int as b3, sum(o.bins[4])::int as b4, sum(o.bins[5])::int as b5
    from own o cross join lateral unnest(o.path) as a(code) group by 1, 2, 3, 4
), arrays as (
    select code, period, level, array_agg(n order by place) as counts, array_agg(total order by place) as sums,
        array_agg(below order by place) as below, array_agg(unverified order by place) as unverified,
        string_agg(concat_ws(',', b1, b2, b3, b4, b5), ',' order by place) as bins
    from summed group by 1, 2, 3
), figures as (
    select a.code as unit_code, a.period, a.level, a.parent, a.people, f.counts, f.sums, f.below, f.unverified,
        ('{' || f.bins || '}')::int[] as histogram
    from above a join arrays f using (code, period, level)
)
"""
_CORRECT = f"""{_FIGURES}
insert into rollup as r (unit_code, period, level, parent, people, counts, sums, below, unverified, histogram)
select * from figures order by unit_code, period, level
on conflict (unit_code, period, level) do update set parent = excluded.parent, people = excluded.people,
    counts = excluded.counts, sums = excluded.sums, below = excluded.below, unverified = excluded.unverified,
    histogram = excluded.histogram
where (r.parent, r.people, r.counts, r.sums, r.below, r.unverified, r.histogram) is distinct from
    (excluded.parent, excluded.people, excluded.counts, excluded.sums, excluded.below, excluded.unverified,
        excluded.histogram)
"""
_EMPTY = """
update rollup r set people = 0, counts = array_fill(0, array[11]), sums = array_fill(0, array[11]),
    below = array_fill(0, array[11]), histogram = array_fill(0, array[55]),
    unverified = array_fill(0, array[11])
where r.people <> 0 and not exists (
    select from counted c where c.period = r.period and c.level = r.level and r.unit_code = any(c.path))
"""


async def recount(session: AsyncSession) -> dict[str, int]:
    """Make `counted` and the roll-ups anew from results; figures that were right stay untouched.

    Returns how many rows of each had to be corrected. What was released stays; whoever is counted
    otherwise now is in the next release of the period.
    """
    connection = await raw(session)
    await connection.execute("set local statement_timeout = '600s'")
    await connection.execute(HOLD)
    await connection.execute(_FRESH, periods.of(clock.today()))
    await connection.execute(_GONE)
    counted = _rows(await connection.execute(_COUNT)) + _rows(await connection.execute(_DROP))
    figures = await connection.execute(_CORRECT)
    emptied = await connection.execute(_EMPTY)
    return {"counted": counted, "rollups": _rows(figures) + _rows(emptied)}


def _rows(status: str) -> int:
    """The number of rows in a command's status, e.g. ``INSERT 0 3``."""
    return int(status.rsplit(" ", 1)[1])
