"""What one reader has of published roll-ups, who may read some of the people: `shared.releases.reading`."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.assessment.rollups.queries.released_cube import CUBE
from services.assessment.tables.rollup_releases import BELOW, PEOPLE
from shared import clock, periods
from shared.auth.caller import Caller
from shared.disclosure import readable
from shared.disclosure.measures import Key
from shared.events.framework import COMPETENCIES, LEVELS
from shared.releases import reading
from shared.releases.reading import Listed, Withheld

_RELATED = sa.text("""
select person_id, level, path from counted
where period = :period and level = any(:levels) and person_id = any(:people)
""")
_LIVE_AT = sa.text(f"""
select person_id, level, path from counted
where period = :period and level = any(:levels) and unit_code = any(:units) and not person_id = any(:people)
    and not {readable.WORKS_INSIDE.format(person_id="counted.person_id")}
""")
# Units whose people counted below one in a closed period, and that stand outside the reader's units now.
_AWAY = sa.text("""
with recursive below as (
    select cast(:unit as text) as unit_code
    union select r.unit_code from below join rollup r on r.parent = below.unit_code and r.period = :period
)
select unit_code from below left join unit u using (unit_code) where u.path is null or not u.path && :units
""")


@dataclass(frozen=True, slots=True)
class View:
    """How one reader has a cell: whole as people count in it now, or as published without what is withheld.

    `withheld` has the places of competencies, -1 for the cell; `below` those without people below target.
    """

    live: bool = False
    withheld: frozenset[int] = frozenset()
    below: frozenset[int] = frozenset()


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
    """The reader's view of cells: `unit_code`, `level`, `people` as they count now, `published_moved`.

    `outside` are the units of which alone the reader's role does not reach the people; without it
    the reader has a relation to some people and no role.
    """
    people, live = await _listed(session, caller, period, cells, outside)
    known = outside is None
    listed = Listed(frozenset(people), known, None if known else tuple(sorted(caller.units)))
    withheld = await reading.withheld(session, CUBE, period, listed)
    whole = not known or readable.by_relation(caller)
    return {
        Key(cell.unit_code, cell.level): View(live=True)
        if whole and cell.people and _readable(cell, live, known=known) == cell.people
        else _view(cell, period, withheld)
        for cell in cells
    }


async def _listed(
    session: AsyncSession, caller: Caller, period: str, cells: Sequence[Any], outside: Sequence[str] | None
) -> tuple[Sequence[UUID], Sequence[Any]]:
    """The people who are known, or those who are not, and where they count now."""
    people = await readable.people(session, caller)
    levels = sorted({cell.level for cell in cells})
    values = {"period": period, "levels": levels, "people": people, **readable.asked(caller)}
    if outside is None:
        return people, (await session.execute(_RELATED, values)).all() if people else ()
    # Of all levels: who counts at another one now may have counted at this one in an earlier release.
    values |= {"units": outside, "inside": list(caller.units), "levels": list(LEVELS)}
    live = (await session.execute(_LIVE_AT, values)).all()
    return [row.person_id for row in live], live


def _readable(cell: Any, live: Sequence[Any], *, known: bool) -> int:
    """How many who count in a cell now the reader may read."""
    listed: int = sum(cell.level == row.level and cell.unit_code in row.path for row in live)
    return listed if known else cell.people - listed


def _view(cell: Any, period: str, withheld: Withheld) -> View:
    key, releases = Key(cell.unit_code, cell.level), cell.published_moved or ()

    def hidden(prefix: str = "") -> frozenset[int]:
        """Places of what is withheld in the release that others have."""
        names = (PEOPLE, *COMPETENCIES) if not prefix else (None, *COMPETENCIES)
        return frozenset(
            place
            for place, (name, number) in enumerate(zip(names, releases, strict=False), -1)
            if name and withheld.has(prefix + name, (period, key, number))
        )

    return View(withheld=hidden(), below=hidden(BELOW))
