"""At the first start with releases: what an older version had published becomes the first release of each period.

Everybody may remember it, so the releases that follow are judged beside it. A cell goes into it where its people
are known still: where its figures are those that count now, and nobody of its tree changed since. All others
are withheld, until a release shows them.

It is judged as any other. An older version published rates that a release never shows, such as 12 of 12: beside
one of these no later release of the indicator could show anything.
"""

from collections import defaultdict
from collections.abc import Mapping

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.evaluation.indicators import released_cubes
from services.evaluation.indicators.commands import publication
from services.evaluation.indicators.commands.tree import hold_tree
from services.evaluation.indicators.computed import COMPUTED
from shared import clock
from shared.database.engine import Database, lock
from shared.disclosure.measures import Key, Rule
from shared.releases import shown_cells
from shared.releases.due_dates import Due

LOCK = "evaluation-first-releases"  # replicas start together: one makes them

# What stands beside an indicator is in its cube.
_TREES = sa.text("""
select distinct split_part(v.indicator, ':', 1) as cube, v.period from indicator_value v
where v.published_denominator is not null and split_part(v.indicator, ':', 1) = any(:cubes) and not exists (
    select from release r where r.cube = split_part(v.indicator, ':', 1) and r.period = v.period)
order by 1, 2
""")
# Units in which somebody counted or counts who changed since, or whose share has no source yet, and all above.
_UNCHANGED = sa.text("""
with recursive changed(unit_code) as (
    (select unnest(h.path) from share_change h where h.indicator = :indicator and h.period = :period
    union select c.unit_code from share_change h join contribution c using (indicator, period, person_id)
        where h.indicator = :indicator and h.period = :period
    union select unit_code from contribution
        where indicator = :indicator and period = :period and source is null)
    union select v.parent_code from changed join indicator_value v using (unit_code)
        where v.indicator = :indicator and v.period = :period
)
select unit_code from indicator_value v
where v.indicator = :indicator and v.period = :period and v.published_people > 0
    and (v.published_numerator, v.published_denominator, v.published_people)
        = (v.numerator, v.denominator, v.people)
    and not exists (select from changed where changed.unit_code = v.unit_code)
""")


async def begin(database: Database) -> None:
    """A start-up step: safe to repeat, and in several replicas at once."""
    async with database.looking() as session:
        await lock(session, LOCK)
        trees = (await session.execute(_TREES, {"cubes": list(COMPUTED)})).all()
        if trees:
            await hold_tree(session)  # an older version may still run beside this one
        for cube, period in trees:
            await _begin(session, cube, period)
        await shown_cells.catch_up(session, list(COMPUTED))


async def _begin(session: AsyncSession, cube: str, period: str) -> None:
    from services.evaluation.indicators.commands import released_shares
    from shared.releases import commands

    shown = await _shown(session, cube, period)
    due = Due(period, clock.today())
    people = await released_shares.read(session, cube, period)
    made = await commands.begin(session, released_cubes.CUBES[cube], due, *people, shown, Rule())
    await shown_cells.add(session, made.release, made.forest)
    await publication.begin(session, made.release, released_cubes.indicators(cube))


async def _shown(session: AsyncSession, cube: str, period: str) -> Mapping[str, set[Key]]:
    """By figure the cells that everybody has of those who count now."""
    shown: dict[str, set[Key]] = defaultdict(set)
    for indicator in released_cubes.indicators(cube):
        units = await session.scalars(_UNCHANGED, {"indicator": indicator, "period": period})
        keys = {Key(unit) for unit in units}
        for measure in released_cubes.CUBES[cube].measures:
            if measure.name.partition(" ")[0] == indicator:
                shown[measure.name] = keys
    return shown
