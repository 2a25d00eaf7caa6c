"""What one reader has of published indicator values: `shared.disclosure.readers`, tree by tree.

A tree is an indicator in a period. The reader's own share and the team's are readable through plans,
reactions, tests and assessments; by role, so is every share that counts inside the reader's units.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.evaluation.facts.queries import load_paths
from services.evaluation.indicators.queries.cells import Key
from services.evaluation.indicators.queries.reader_tree import SPANS, Listed, Tree, columns
from shared import clock
from shared.auth.caller import Caller
from shared.database.engine import raw
from shared.disclosure import readable

_NOW = """
select c.indicator, c.period, c.person_id, c.unit_code
from contribution c join unnest(cast(:indicators as text[]), cast(:periods as text[])) as t(indicator, period)
    using (indicator, period)
"""
_NOW_OF = sa.text(f"{_NOW} where c.person_id = any(:people)")
_NOW_AT = sa.text(f"""{_NOW} where c.unit_code = any(:units) and not c.person_id = any(:people)
    and not {readable.WORKS_INSIDE.format(person_id="c.person_id")}
""")
_RELEASED = sa.text(f"{SPANS} and s.person_id = any(:people) order by s.person_id, m.first")
# Units that stood below one in some closed period, and stand outside the reader's units now; what keeps no
# path of its own goes with the nearest unit above it that does.
_AWAY = sa.text("""
select unit_code from unit where not path && :units and path && (
    select coalesce(array_agg(distinct unit_code), '{}') from earlier_path where :unit = any(path))
""")


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
    trees = sorted({key[:2] for key in cells})
    listed = await _listed(session, caller, trees, outside)
    live, withheld = set[Key](), set[Key]()
    for tree in trees:
        own = {key: number for key, number in cells.items() if key[:2] == tree}
        people = listed.get(tree)
        if people is None:
            live |= own.keys() if outside is not None else set()
            continue
        found = Tree(session, caller, tree, people, known=outside is None)
        hidden = await found.withheld()
        live |= {key for key, number in own.items() if found.whole(key[2], number)}
        withheld |= {key for key in own if key[2] in hidden}
    return Values(frozenset(live), frozenset(withheld - live))


async def _listed(
    session: AsyncSession, caller: Caller, trees: Iterable[tuple[str, str]], outside: Sequence[str] | None
) -> dict[tuple[str, str], Listed]:
    of_trees = columns(trees)
    people = await readable.people(session, caller)
    if outside is None:
        now = (await session.execute(_NOW_OF, of_trees | {"people": people})).all()
    else:
        reach = {"people": people, "units": outside, "inside": list(caller.units), "today": clock.today()}
        now = (await session.execute(_NOW_AT, of_trees | reach)).all()
        people = [row.person_id for row in now]
    paths = await load_paths(await raw(session), {row.unit_code for row in now})
    found: dict[tuple[str, str], Listed] = {}
    for row in now:
        of_tree = found.setdefault((row.indicator, row.period), Listed({}, {}))
        of_tree.now[row.person_id] = paths.at(row.unit_code, row.period)
    for row in await session.execute(_RELEASED, of_trees | {"people": people}):
        of_tree = found.setdefault((row.indicator, row.period), Listed({}, {}))
        of_tree.released.setdefault(row.person_id, []).append(row)
    return found
