"""Reading roll-ups. A hot read: plain rows in, ready bytes out.

Who may read every individual of a cell reads it live and whole. Everybody else reads it as it was
published, less what `queries.readers` withholds: what is left of a cell without the people whom the
reader may read. A cell that was never published is not listed for them: whether one to four people count
in it, or nobody, reads the same.
"""

from collections.abc import Sequence
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.assessment.rollups.group_figures import BINS
from services.assessment.rollups.queries import readers
from services.assessment.rollups.queries.readers import View
from services.assessment.tables.rollups import published_rollup, rollup
from shared.auth.caller import Caller
from shared.directory import authorization
from shared.disclosure import readable
from shared.disclosure.measures import Key
from shared.events.framework import COMPETENCIES, LEVELS, SCALE
from shared.suppression import SMALLEST_CELL, parted

_KEY = (rollup.c.unit_code, rollup.c.period, rollup.c.level)
_PUBLISHED = rollup.outerjoin(
    published_rollup,
    sa.tuple_(*_KEY) == sa.tuple_(*(published_rollup.c[column.name] for column in _KEY)),
)
_PUBLISHED_COLUMNS = ("people", "counts", "sums", "below", "moved")
_LIVE = ("people", "counts", "sums", "below", "histogram", "unverified")


async def unit(
    session: AsyncSession, caller: Caller, unit_code: str, period: str, level: str | None
) -> bytes:
    """One unit's figures by level, as JSON. Raises as `access.require_unit`."""
    cells = await _cells(session, caller, unit_code, rollup.c.unit_code == unit_code, period, level)
    return _answer(caller, unit_code, period, "levels", [shown for _, shown in cells])


async def children(
    session: AsyncSession, caller: Caller, unit_code: str, period: str, level: str | None
) -> bytes:
    """The figures of a unit's children in the tree of the period, as JSON; problems as `unit`."""
    cells = await _cells(session, caller, unit_code, rollup.c.parent == unit_code, period, level)
    items = [{"unit_code": code, **shown} for code, shown in cells]
    return _answer(caller, unit_code, period, "items", items)


def _answer(caller: Caller, unit_code: str, period: str, name: str, cells: Sequence[dict[str, Any]]) -> bytes:
    """`live` says it of all cells together, and each of itself."""
    live = all(cell["live"] for cell in cells) if cells else readable.by_role(caller)
    return orjson.dumps(
        {
            "unit_code": unit_code,
            "period": period,
            "live": live,
            "scale": SCALE,
            "competencies": COMPETENCIES,
            name: cells,
        }
    )


async def _cells(
    session: AsyncSession,
    caller: Caller,
    unit_code: str,
    which: sa.ColumnElement[bool],
    period: str,
    level: str | None,
) -> list[tuple[str, dict[str, Any]]]:
    """Units and their cells as shown, by level and unit."""
    by_role = readable.by_role(caller)
    if not by_role:
        await readable.at_one_moment(session)
    await authorization.require_unit(session, caller, "rollup.read", unit_code)
    which = which & (rollup.c.period == period) & rollup.c.level.in_([level] if level else LEVELS)
    outside = await readers.away(session, caller, unit_code, period) if by_role else None
    if outside == []:
        return [(row.unit_code, _whole(row)) for row in await _live(session, which)]
    return await _as_published(session, caller, period, which, outside)


async def _live(session: AsyncSession, which: sa.ColumnElement[bool]) -> list[Any]:
    columns = [rollup.c[name] for name in ("unit_code", "level", *_LIVE)]
    return _ordered((await session.execute(sa.select(*columns).where(which))).all())


async def _as_published(
    session: AsyncSession,
    caller: Caller,
    period: str,
    which: sa.ColumnElement[bool],
    outside: Sequence[str] | None,
) -> list[tuple[str, dict[str, Any]]]:
    """Cells as published, and live where nobody in them is outside what the reader may read."""
    columns = [published_rollup.c[name].label(f"published_{name}") for name in _PUBLISHED_COLUMNS]
    select = sa.select(rollup.c.unit_code, rollup.c.level, rollup.c.people, *columns)
    rows = _ordered((await session.execute(select.select_from(_PUBLISHED).where(which))).all())
    views = await readers.views(session, caller, period, rows, outside)
    seen = [(row, views[Key(row.unit_code, row.level)]) for row in rows]
    whole: dict[tuple[str, str], Any] = {}
    if any(view.live for _, view in seen):
        whole = {(row.unit_code, row.level): row for row in await _live(session, which)}
    return [
        (row.unit_code, _whole(whole[row.unit_code, row.level]) if view.live else _published(row, view))
        for row, view in seen
        if view.live or _is_published(row)
    ]


def _ordered(rows: Sequence[Any]) -> list[Any]:
    return sorted(rows, key=lambda row: (LEVELS.index(row.level), row.unit_code))


def _whole(row: Any) -> dict[str, Any]:
    """A live cell with everything that is in it."""
    columns = zip(row.counts, row.sums, row.below, row.unverified, strict=True)
    figures = [
        _figure(n, total, below, row.histogram[BINS * place : BINS * (place + 1)], unverified) if n else None
        for place, (n, total, below, unverified) in enumerate(columns)
    ]
    shown = figures if row.people else None
    return {
        "level": row.level, "live": True, "suppressed": False, "people": row.people or None, "figures": shown
    }  # fmt: skip


def _is_published(row: Any) -> bool:
    """Whether everybody may know that people count in a cell; how many count in it now nobody else learns."""
    return bool(row.published_moved and row.published_moved[0]) and row.published_people >= SMALLEST_CELL


def _published(row: Any, view: View) -> dict[str, Any]:
    """A published cell; None where it is withheld, and competencies that never were or nobody was scored in."""
    hidden = view.withheld | {place - 1 for place, edition in enumerate(row.published_moved) if not edition}
    answer = {"level": row.level, "live": False, "suppressed": True, "people": None, "figures": None}
    if -1 in hidden:
        return answer
    columns = zip(row.published_counts, row.published_sums, row.published_below, strict=True)
    figures = [
        None
        if n < SMALLEST_CELL or place in hidden
        else _parted(n, total, None if place in view.below else below)
        for place, (n, total, below) in enumerate(columns)
    ]
    return answer | {"suppressed": None in figures, "people": row.published_people, "figures": figures}


def _parted(n: int, total: int, below: int | None) -> dict[str, Any]:
    """One published competency; how many are below target is a figure of its own.

    Nobody or everybody below target is not released: of the people at another level, who may be few, their
    number at target would follow, by subtraction from OC-05 of the same unit. Bins are of live cells alone.
    """
    counted = below is not None and parted(below, n - below)
    return _figure(n, total, below if counted else None, None)


def _figure(
    n: int, total: int, below: int | None, bins: list[int] | None, unverified: int | None = None
) -> dict[str, Any]:
    """`unverified` is never published: it counts a subset, which would need a suppression of its own."""
    return {
        "people": n,
        "mean": round(total / n),
        "below_target": below,
        "histogram": bins,
        "unverified": unverified,
    }
