"""At the first start with releases: what an older version had published becomes the first release of each period.

Everybody may remember it, so the releases that follow are judged beside it. A cell goes into it where its people
are known still: where its figures are those that count now, and nobody of its tree changed since. All others
are withheld, until a release shows them.
"""

from collections import defaultdict

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.assessment.rollups.commands import publication
from services.assessment.rollups.queries import released_cube
from services.assessment.tables.rollup_releases import BELOW, CUBE, PEOPLE
from shared import clock
from shared.database.engine import Database, lock
from shared.disclosure.measures import Key
from shared.events.framework import COMPETENCIES
from shared.releases import shown_cells
from shared.releases.due_dates import Due
from shared.suppression import parted

LOCK = "assessment-first-releases"  # replicas start together: one makes them

_PERIODS = sa.text(f"""
select distinct period from published_rollup p
where not exists (select from release r where r.cube = '{CUBE}' and r.period = p.period) order by 1
""")
_UNCHANGED = sa.text("""
select p.unit_code, p.level, p.moved, p.people = r.people as same_people, p.counts, p.below,
    array(select (p.counts[n], p.sums[n], p.below[n]) = (r.counts[n], r.sums[n], r.below[n])
        from generate_series(1, cardinality(p.counts)) n order by n) as same
from published_rollup p join rollup r using (unit_code, period, level)
where p.period = :period and not exists (
    select from rollup_change h left join counted c using (period, level, person_id)
    where h.period = p.period and h.level = p.level
        and (p.unit_code = any(h.path) or p.unit_code = any(c.path)))
""")


async def begin(database: Database) -> None:
    """A start-up step: safe to repeat, and in several replicas at once."""
    async with database.looking() as session:
        await lock(session, LOCK)
        for period in (await session.execute(_PERIODS)).scalars().all():
            await _begin(session, period)
        await shown_cells.catch_up(session, [CUBE])


async def _begin(session: AsyncSession, period: str) -> None:
    from services.assessment.rollups.commands import released_people
    from shared.releases import commands

    shown: dict[str, set[Key]] = defaultdict(set)
    for row in await session.execute(_UNCHANGED, {"period": period}):
        key = Key(row.unit_code, row.level)
        people, *scores = row.moved
        if not people or not row.same_people:
            continue
        shown[PEOPLE].add(key)
        for place, code in enumerate(COMPETENCIES):
            if scores[place] and row.same[place]:
                shown[code].add(key)
                if parted(row.below[place], row.counts[place] - row.below[place]):
                    shown[BELOW + code].add(key)
    due = Due(period, clock.today())
    people_now = await released_people.read(session, period)
    made = await commands.begin(session, released_cube.CUBE, due, *people_now, shown)
    await shown_cells.add(session, made.release, made.forest)
    await publication.begin(session, made.release)
