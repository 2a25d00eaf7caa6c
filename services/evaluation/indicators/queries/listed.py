"""Which cells are listed for a reader: those that were published, and those in which somebody readable counts.

Of any other cell a reader must not learn whether one to four people count in it, or nobody; that it is
listed would say so, and so would the number of pages.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.evaluation.facts.queries import load_paths
from services.evaluation.tables import indicator_value as v
from shared import clock
from shared.auth.caller import Caller
from shared.database.engine import raw
from shared.disclosure import readable

_KEY = (v.c.indicator, v.c.period, v.c.unit_code)
_UNPUBLISHED = (v.c.people > 0) & (sa.func.coalesce(v.c.published_people, 0) == 0)
# Where readable people count in the trees of some cells.
_COUNTED = (
    "select distinct indicator, period, unit_code from contribution c where (indicator, period) in :trees"
)
_OF_PEOPLE = sa.text(f"{_COUNTED} and person_id = any(:people)").bindparams(
    sa.bindparam("trees", expanding=True)
)
_INSIDE = sa.text(
    f"{_COUNTED} and (not unit_code = any(:outside) or {readable.WORKS_INSIDE.format(person_id='c.person_id')})"
).bindparams(sa.bindparam("trees", expanding=True))


async def cells(
    session: AsyncSession, caller: Caller, outside: Sequence[str] | None, which: sa.ColumnElement[bool]
) -> sa.ColumnElement[bool]:
    """The condition of `indicator_value` for what is listed of `which`; `outside` as of `readers.values`."""
    if outside == []:
        return which & (v.c.people > 0)
    own = await _with_readable_people(session, caller, outside, which)
    return which & (
        v.c.published_people.is_not(None) & (v.c.published_people > 0) | sa.tuple_(*_KEY).in_(own)
    )


async def _with_readable_people(
    session: AsyncSession, caller: Caller, outside: Sequence[str] | None, which: sa.ColumnElement[bool]
) -> list[tuple[str, str, str]]:
    """Of the unpublished cells those in which people count whom the reader reads one by one."""
    unpublished = {
        (row.indicator, row.period, row.unit_code)
        for row in await session.execute(sa.select(*_KEY).where(which, _UNPUBLISHED))
    }
    if not unpublished:
        return []
    values: dict[str, object] = {"trees": sorted({key[:2] for key in unpublished})}
    if outside is None:
        people = await readable.people(session, caller) if readable.by_relation(caller) else []
        rows = (await session.execute(_OF_PEOPLE, values | {"people": people})).all()
    else:
        reach = {"outside": list(outside), "inside": list(caller.units), "today": clock.today()}
        rows = (await session.execute(_INSIDE, values | reach)).all()
    paths = await load_paths(await raw(session), {row.unit_code for row in rows})
    counted = {
        (row.indicator, row.period, code) for row in rows for code in paths.at(row.unit_code, row.period)
    }
    return sorted(unpublished & counted)
