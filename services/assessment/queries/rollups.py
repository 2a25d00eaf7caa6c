"""Reading roll-ups, small cells hidden. A hot read: plain rows in, ready bytes out.

Published figures show what moved at some time: editions judged it. Of live ones, a unit's cell is
hidden or shown by the people beside it: its siblings and their parent's own staff, which together
make up the parent's total. So the cells along the path from the root are read too, in one
statement; whether a parent is hidden decides with the siblings whether a child is.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.assessment.queries.cycles import overseer
from services.assessment.tables.rollups import published_rollup, rollup
from shared import access
from shared.auth.caller import Caller
from shared.errors import Forbidden, NotFound
from shared.events.framework import COMPETENCIES, LEVELS
from shared.suppression import SMALLEST_CELL, hidden, parted, small

# Per-competency counts go first to people: a competency that somebody's raters could not judge.
_CELLS = sa.text("""
select unit_code, level, parent, people, counts from rollup
where period = :period and level = any(:levels) and (parent = any(:parents) or unit_code = any(:parents))
""")
_KEY = (rollup.c.unit_code, rollup.c.period, rollup.c.level)
_PUBLISHED = rollup.outerjoin(
    published_rollup,
    sa.tuple_(*_KEY) == sa.tuple_(*(published_rollup.c[column.name] for column in _KEY)),
)
_FIGURES = ("people", "counts", "sums", "below", "histogram")
_UNIT = sa.text("select path from unit where unit_code = :unit and version > 0")

Cell = tuple[str, str]  # unit, level


async def unit(
    session: AsyncSession, caller: Caller, unit_code: str, period: str, level: str | None
) -> bytes:
    """One unit's figures by level, as JSON. Raises NotFound `unit-unknown`, Forbidden `unit-out-of-scope`."""
    path = await _path(session, caller, unit_code)
    levels = [level] if level else list(LEVELS)
    live = overseer(caller)
    cells = await _cells(session, live, path[:-1], rollup.c.unit_code == unit_code, period, levels)
    return orjson.dumps(
        {
            "unit_code": unit_code,
            "period": period,
            "live": live,
            "competencies": COMPETENCIES,
            "levels": [shown for _, shown in cells],
        }
    )


async def children(
    session: AsyncSession, caller: Caller, unit_code: str, period: str, level: str | None
) -> bytes:
    """The figures of a unit's children in the tree of the period, as JSON; problems as `unit`."""
    path = await _path(session, caller, unit_code)
    levels = [level] if level else list(LEVELS)
    live = overseer(caller)
    cells = await _cells(session, live, path, rollup.c.parent == unit_code, period, levels)
    return orjson.dumps(
        {
            "unit_code": unit_code,
            "period": period,
            "live": live,
            "competencies": COMPETENCIES,
            "items": [{"unit_code": code, **shown} for code, shown in cells],
        }
    )


async def _cells(
    session: AsyncSession,
    live: bool,
    parents: Sequence[str],
    which: sa.ColumnElement[bool],
    period: str,
    levels: Sequence[str],
) -> list[tuple[str, dict[str, Any]]]:
    """Units and their cells as shown, by level and unit."""
    columns = [(rollup if live else published_rollup).c[name].label(f"shown_{name}") for name in _FIGURES]
    select = sa.select(rollup.c.unit_code, rollup.c.level, rollup.c.people, *columns)
    if not live:
        select = select.select_from(_PUBLISHED).add_columns(published_rollup.c.moved)
    found = await session.execute(select.where(which, rollup.c.period == period, rollup.c.level.in_(levels)))
    rows = sorted(found.all(), key=lambda row: (LEVELS.index(row.level), row.unit_code))
    if not live:
        return [(row.unit_code, _shown(row, _unmoved(row.moved), live)) for row in rows]
    covered = await _hidden(session, parents, period, levels)
    nothing: frozenset[int] = frozenset()
    return [
        (row.unit_code, _shown(row, covered.get((row.unit_code, row.level), nothing), live)) for row in rows
    ]


def _unmoved(moved: Sequence[int] | None) -> frozenset[int]:
    """What was never published of a cell, as `_hidden` says it."""
    return frozenset(place - 1 for place, edition in enumerate(moved or [0]) if not edition)


async def _path(session: AsyncSession, caller: Caller, unit_code: str) -> list[str]:
    path: list[str] | None = await session.scalar(_UNIT, {"unit": unit_code})
    if path is None:
        raise NotFound("unit-unknown", "There is no such unit.")
    if not access.covers(caller, path):
        raise Forbidden("unit-out-of-scope", "The unit lies outside your units.")
    return path


async def _hidden(
    session: AsyncSession, parents: Sequence[str], period: str, levels: Sequence[str]
) -> dict[Cell, frozenset[int]]:
    """Per live cell the competencies to hide; -1 stands for the whole cell. `parents` run from the root down."""
    values = {"period": period, "levels": list(levels), "parents": list(parents)}
    rows = (await session.execute(_CELLS, values)).all()
    found: dict[Cell, set[int]] = defaultdict(set)
    for level in levels:
        cells = {row.unit_code: row for row in rows if row.level == level}
        by_parent: dict[str, list[Any]] = defaultdict(list)
        for row in cells.values():
            by_parent[row.parent].append(row)
            if small(row.people):
                found[row.unit_code, level].add(-1)
        for parent in parents:
            _family(cells.get(parent), by_parent[parent], level, found)
    return {cell: frozenset(places) for cell, places in found.items()}


def _family(total: Any, siblings: Iterable[Any], level: str, found: dict[Cell, set[int]]) -> None:
    """Hide among the children of one parent, for people and then for each competency that differs."""
    members = list(siblings)
    if total is None or not members:
        return
    above = found[total.unit_code, level]
    for place in range(-1, len(COMPETENCIES)):
        everybody = place < 0 or all(row.counts[place] == row.people for row in (total, *members))
        if place >= 0 and everybody:
            continue  # the decision about people holds for the competency
        sizes = {row.unit_code: row.people if place < 0 else row.counts[place] for row in members}
        whole = total.people if place < 0 else total.counts[place]
        for code in hidden(whole, sizes, total_hidden=-1 in above or place in above):
            found[code, level].add(place)


def _shown(row: Any, places: frozenset[int], live: bool) -> dict[str, Any]:
    """One cell without `places`: means in hundredths, counts of people; None where hidden or nobody was scored."""
    if -1 in places or row.shown_people < SMALLEST_CELL:
        return {"level": row.level, "suppressed": row.people > 0, "people": None, "figures": None}
    histogram = row.shown_histogram
    columns = zip(row.shown_counts, row.shown_sums, row.shown_below, strict=True)
    figures = [
        None
        if n < SMALLEST_CELL or place in places
        else _figure(n, total, below, histogram[5 * place : 5 * place + 5], live)
        for place, (n, total, below) in enumerate(columns)
    ]
    return {"level": row.level, "suppressed": None in figures, "people": row.shown_people, "figures": figures}


def _figure(n: int, total: int, below: int, bins: list[int], live: bool) -> dict[str, Any]:
    """One competency of a cell of five people or more; the parts of it are cells as well.

    As published, nobody or everybody below target is not told: of the people at another level, who may be
    few, their number at target would follow, by subtraction from OC-05 of the same unit. Nor are bins then.
    """
    counted = not (small(below) or small(n - below)) if live else parted(below, n - below)
    binned = (live or counted) and not any(map(small, bins))
    return {
        "people": n,
        "mean": round(total / n),
        "below_target": below if counted else None,
        "histogram": bins if binned else None,
    }
