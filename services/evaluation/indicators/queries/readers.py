"""What one reader has of published indicator values: `shared.releases.reading`, indicator by indicator and period.

The reader's own share and the team's are readable through plans, reactions, tests and assessments; by role, so
is every share that counts inside the reader's units.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.evaluation.facts.queries import load_paths
from services.evaluation.indicators.outcomes import BESIDE
from services.evaluation.indicators.queries.cells import Key
from services.evaluation.indicators.released_cubes import CUBES
from shared import clock
from shared.auth.caller import Caller
from shared.database.engine import raw
from shared.disclosure import measures, readable
from shared.releases import reading
from shared.releases.reading import Listed

_NOW = """
select c.indicator, c.period, c.person_id, c.unit_code
from contribution c join unnest(cast(:indicators as text[]), cast(:periods as text[])) as t(indicator, period)
    using (indicator, period)
"""
_NOW_OF = sa.text(f"{_NOW} where c.person_id = any(:people)")
_NOW_AT = sa.text(f"""{_NOW} where c.unit_code = any(:units) and not c.person_id = any(:people)
    and not {readable.WORKS_INSIDE.format(person_id="c.person_id")}
""")
# The release by which each cell is published.
_MOVED = sa.text("""
select v.indicator, v.period, v.unit_code, v.moved
from unnest(cast(:indicators as text[]), cast(:periods as text[]), cast(:units as text[]))
    as t(indicator, period, unit_code) join indicator_value v using (indicator, period, unit_code)
where v.moved > 0
""")
# Units that stood below one in some closed period, and stand outside the reader's units now; what keeps no
# path of its own goes with the nearest unit above it that does.
_AWAY = sa.text("""
select unit_code from unit where not path && :units and path && (
    select coalesce(array_agg(distinct unit_code), '{}') from earlier_path where :unit = any(path))
""")
# What stands beside an indicator is released with it.
_CUBES = {beside: indicator for indicator, beside in BESIDE.items()}

Tree = tuple[str, str]  # indicator and period
Paths = dict[UUID, Sequence[str]]  # where each person counts now


@dataclass(frozen=True, slots=True)
class Values:
    """Which of some cells the reader has live and whole, and which are withheld; others are as published."""

    live: frozenset[Key]
    withheld: frozenset[Key]


async def away(session: AsyncSession, caller: Caller, unit_code: str) -> list[str]:
    """Units that counted in this one in some period, and that the caller's role does not reach any more."""
    values = {"unit": unit_code, "units": list(caller.units)}
    return list((await session.execute(_AWAY, values)).scalars())


async def values(
    session: AsyncSession,
    caller: Caller,
    cells: Mapping[Key, int],
    outside: Sequence[str] | None = None,
) -> Values:
    """The reader's view of cells, each with the number of people who count in it now.

    `outside` are the units of which alone the reader's role does not reach the people; without it
    the reader has a relation to some people and no role.
    """
    people = await readable.people(session, caller)
    known = outside is None
    now = await _now(session, caller, sorted({key[:2] for key in cells}), people, outside)
    whole = not known or readable.by_relation(caller)
    live = {
        key
        for key, number in cells.items()
        if whole and _all_readable(now.get(key[:2], {}), key[2], number, known=known)
    }
    withheld = set[Key]()
    releases = await _published(session, cells)
    for tree in sorted({key[:2] for key in releases}):
        mine = Listed(frozenset(people), known=True)
        others = Listed(frozenset(now.get(tree, ())), False, tuple(sorted(caller.units)))
        found = await _withheld(session, tree, mine if known else others)
        withheld |= {key for key, number in releases.items() if key[:2] == tree and found(key[2], number)}
    return Values(frozenset(live), frozenset(withheld - live))


async def _now(
    session: AsyncSession,
    caller: Caller,
    trees: Sequence[Tree],
    people: Sequence[UUID],
    outside: Sequence[str] | None,
) -> dict[Tree, Paths]:
    """Where the people count who are known, or those who are not."""
    asked: dict[str, Any] = {
        "indicators": [indicator for indicator, _ in trees], "periods": [period for _, period in trees],
        "people": people,
    }  # fmt: skip
    if outside is None:
        rows = (await session.execute(_NOW_OF, asked)).all()
    else:
        asked |= {"units": outside, "inside": list(caller.units), "today": clock.today()}
        rows = (await session.execute(_NOW_AT, asked)).all()
    paths = await load_paths(await raw(session), {row.unit_code for row in rows})
    found: dict[Tree, Paths] = {}
    for row in rows:
        path = paths.at(row.unit_code, row.period)
        found.setdefault((row.indicator, row.period), {})[row.person_id] = path
    return found


def _all_readable(now: Paths, unit: str, number: int, *, known: bool) -> bool:
    """Whether the reader may read all who count in a cell now."""
    listed = sum(unit in path for path in now.values())
    return number == listed > 0 if known else not listed


async def _published(session: AsyncSession, cells: Mapping[Key, int]) -> dict[Key, int]:
    columns = list(zip(*cells, strict=True)) or [(), (), ()]
    names = ("indicators", "periods", "units")
    asked = dict(zip(names, map(list, columns), strict=True))
    rows = await session.execute(_MOVED, asked)
    return {(row.indicator, row.period, row.unit_code): row.moved for row in rows}


async def _withheld(session: AsyncSession, tree: Tree, listed: Listed) -> Any:
    """Says of a unit whether its cell is withheld as that release showed it."""
    indicator, period = tree
    cube = CUBES[_CUBES.get(indicator, indicator)]
    found = await reading.withheld(session, cube, period, listed)
    own = [one.name for one in reading.figures(cube) if one.name.partition(" ")[0] == indicator]

    def has(unit: str, number: int) -> bool:
        return any(found.has(name, (period, measures.Key(unit), number)) for name in own)

    return has
