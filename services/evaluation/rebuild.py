"""Rebuilding evaluation's figures, from the facts it keeps, and its directory from registry.

Facts, reactions, test results and the trees of closed periods stay; everything derived from
them is derived again. What comes out equal keeps its version, so a rebuild of correct figures
changes nothing and publishes nothing. Published figures stay as they were until they may move.
"""

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.evaluation.facts.queries import everybody
from services.evaluation.indicators.commands.contributions import measure
from services.evaluation.indicators.commands.tree import hold_tree
from services.evaluation.merged_facts.commands import rekey
from shared import clock
from shared.directory.rebuild import rebuild_directory, rebuilt
from shared.settings import Settings

CHUNK = 500

# A unit is where it was in the period: under the nearest unit above it with an earlier path.
_CELLS = """
with own as (
    select indicator, period, unit_code, sum(numerator) as numerator, sum(denominator) as denominator,
        count(*) as people
    from contribution group by indicator, period, unit_code
), placed as (
    select own.*, coalesce(kept.path, unit.path, array[own.unit_code]) as path
    from own left join unit using (unit_code)
    left join lateral (
        select e.path || unit.path[above.place + 1:] as path
        from unnest(unit.path) with ordinality as above(code, place)
        join earlier_path e on e.unit_code = above.code and e.through >= own.period
        order by above.place desc, e.through limit 1
    ) kept on true
), cells as (
    select indicator, period, code as unit_code, max(coalesce(path[place - 1], '')) as parent_code,
        sum(numerator)::bigint as numerator, sum(denominator)::bigint as denominator, sum(people)::int as people
    from placed cross join lateral unnest(path) with ordinality as above(code, place)
    group by indicator, period, code
)
"""
_REPLACE = sa.text(f"""
{_CELLS}
insert into indicator_value as v (indicator, period, unit_code, parent_code, numerator, denominator, people,
    as_of, version)
select indicator, period, unit_code, parent_code, numerator, denominator, people, :today, 1
from cells
order by indicator, period, unit_code
on conflict (indicator, period, unit_code) do update set parent_code = excluded.parent_code,
    numerator = excluded.numerator, denominator = excluded.denominator, people = excluded.people,
    version = v.version + 1
where (v.parent_code, v.numerator, v.denominator, v.people)
    is distinct from (excluded.parent_code, excluded.numerator, excluded.denominator, excluded.people)
returning 1
""")
_EMPTY = sa.text(f"""
{_CELLS}
update indicator_value v set numerator = 0, denominator = 0, people = 0, version = v.version + 1
where (v.numerator, v.denominator, v.people) <> (0, 0, 0) and not exists (select from cells c
    where (c.indicator, c.period, c.unit_code) = (v.indicator, v.period, v.unit_code))
returning 1
""")


async def recompute(session: AsyncSession) -> dict[str, int]:
    """Derive all contributions from facts and all cells from contributions.

    Returns how many people were measured and how many cells had to be corrected.
    """
    await hold_tree(session)
    people = await everybody(session)
    for start in range(0, len(people), CHUNK):
        await measure(session, people[start : start + CHUNK])
    corrected = len((await session.execute(_REPLACE, {"today": clock.today()})).all())
    corrected += len((await session.execute(_EMPTY)).all())
    return {"people": len(people), "corrected": corrected}


async def rebuild(settings: Settings) -> dict[str, int]:
    """Rebuild in one transaction and say what was taken over and corrected. Errors as `rebuilt`."""
    return await rebuilt(settings, rebuild_within)


async def rebuild_within(session: AsyncSession, registry_url: str, token: str) -> dict[str, int]:
    """The same in the caller's transaction: directory first, then everything derived."""
    await hold_tree(session)
    directory = await rebuild_directory(session, registry_url, token, rekey)
    return {**directory, **await recompute(session)}
