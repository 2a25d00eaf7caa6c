"""What one reader has of published roll-ups: `shared.disclosure.readers` for people and each competency."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.assessment.rollups.queries.reader_tree import Listed, Tree, View
from shared import clock, periods
from shared.auth.caller import Caller
from shared.disclosure import readable

# How the people whom a relation makes readable count, and counted before (edition: the first without that).
_RELATED = sa.text(f"""
with related as materialized ({readable.PEOPLE})
select person_id, level, null::int as edition, path, scores, targets from counted
where period = :period and level = any(:levels) and person_id in (select person_id from related)
union all
select person_id, level, edition, path, scores, targets from rollup_change
where period = :period and level = any(:levels) and person_id in (select person_id from related)
order by person_id, edition
""")
_NOW_AT = sa.text(f"""
select person_id, level, path, scores, targets from counted
where period = :period and level = any(:levels) and unit_code = any(:units) and not person_id = any(:people)
    and not {readable.WORKS_INSIDE.format(person_id="counted.person_id")}
""")
_BEFORE = sa.text("""
select person_id, level, edition, path, scores, targets from rollup_change
where period = :period and level = any(:levels) and person_id = any(:people) order by person_id, edition
""")
# Units whose people counted below one in a closed period, and that stand outside the reader's units now.
_AWAY = sa.text("""
with recursive below as (
    select cast(:unit as text) as unit_code
    union select r.unit_code from below join rollup r on r.parent = below.unit_code and r.period = :period
)
select unit_code from below left join unit u using (unit_code) where u.path is null or not u.path && :units
""")

Key = tuple[str, str]  # unit and level
Sides = tuple[Sequence[Any], Sequence[Any]]  # rows of now, and from before


async def away(session: AsyncSession, caller: Caller, unit_code: str, period: str) -> list[str]:
    """Units of a closed period's cell that the caller's role does not reach any more.

    An open period is counted in today's tree, and reaching the root reaches every unit.
    """
    if period >= periods.of(clock.today()) or await readable.everywhere(session, caller):
        return []
    values = {"unit": unit_code, "period": period, "units": list(caller.units)}
    return list((await session.execute(_AWAY, values)).scalars())


async def views(
    session: AsyncSession,
    caller: Caller,
    period: str,
    cells: Sequence[Any],
    outside: Sequence[str] | None = None,
) -> dict[Key, View]:
    """The reader's view of cells (`unit_code`, `level`, and `people` as they count now).

    `outside` are the units of which alone the reader's role does not reach the people; without it
    the reader has a relation to some people and no role.
    """
    levels = sorted({cell.level for cell in cells})
    values = {"period": period, "levels": levels, **readable.asked(caller)}
    if outside is None:
        rows = (await session.execute(_RELATED, values)).all()
        sides: Sides = [row for row in rows if row.edition is None], [row for row in rows if row.edition]
    else:
        values |= {"units": outside, "people": await readable.people(session, caller)}
        values |= {"inside": list(caller.units)}
        sides = await _outside(session, values)
    listed = Listed(sides, known=outside is None)
    found: dict[Key, View] = {}
    for level in levels:
        tree = Tree(session, caller, period, level, listed)
        of_level = [cell for cell in cells if cell.level == level]
        if not tree.people and listed.known:
            continue
        decided = await tree.withheld()
        found |= {(cell.unit_code, level): tree.view(cell, decided) for cell in of_level}
    return found


async def _outside(session: AsyncSession, values: dict[str, Any]) -> Sides:
    now = (await session.execute(_NOW_AT, values)).all()
    people = [row.person_id for row in now]
    return now, (await session.execute(_BEFORE, values | {"people": people})).all()
