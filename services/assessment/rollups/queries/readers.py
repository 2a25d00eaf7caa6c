"""What one reader has of published roll-ups: `shared.disclosure.readers` for people and each competency."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.assessment.rollups.queries.reader_tree import SPANS, Listed, Tree, View
from shared import clock, periods
from shared.auth.caller import Caller
from shared.disclosure import readable

_RELATED = sa.text(f"""
select person_id, level, path from counted
where period = :period and level = any(:levels) and person_id in ({readable.PEOPLE})
""")
_LIVE_AT = sa.text(f"""
select person_id, level, path from counted
where period = :period and level = any(:levels) and unit_code = any(:units) and not person_id = any(:people)
    and not {readable.WORKS_INSIDE.format(person_id="counted.person_id")}
""")
_RELEASED = sa.text(f"""
{SPANS} and m.level = any(:levels) and s.person_id = any(:people) order by s.person_id, m.first
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
    people = await readable.people(session, caller)
    if outside is None:
        live = (await session.execute(_RELATED, values)).all()
    else:
        values |= {"units": outside, "people": people, "inside": list(caller.units)}
        live = (await session.execute(_LIVE_AT, values)).all()
        people = [row.person_id for row in live]
    released = (await session.execute(_RELEASED, values | {"people": people})).all()
    listed = Listed(live, released, known=outside is None)
    found: dict[Key, View] = {}
    for level in levels:
        tree = Tree(session, caller, period, level, listed)
        of_level = [cell for cell in cells if cell.level == level]
        if not tree.people and listed.known:
            continue
        decided = await tree.withheld()
        found |= {(cell.unit_code, level): tree.view(cell, decided) for cell in of_level}
    return found
