"""What regions published of themselves, read at their hub."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.tables.catalogue import national_entry
from shared import national, periods
from shared.events.planning import ToldFigures
from shared.http.paging import Page, page
from shared.national import Regional

PLANS = "plans"
NAMES = ("people", *ToldFigures.__struct_fields__)

Figures = Sequence[int | None]  # by name; None where a region does not tell one


async def plans(session: AsyncSession, period: str) -> dict[str, Any]:
    """The nation's plans of one period, and each region's. Raises Invalid `period-malformed`."""
    periods.bounds(period)
    rows = await national.regions(session, PLANS, period, "")
    return {"national": _nation(rows), "regions": list(map(_region, rows))}


def _nation(rows: Sequence[Regional]) -> dict[str, Any]:
    """Sums of what regions told; none of a figure that one of these regions does not tell.

    A sum without that region would be taken for all of them: `untold` counts whose figure is missing.
    """
    told: list[Figures] = [row.figures for row in rows if row.figures is not None]
    columns = dict(zip(NAMES, zip(*told, strict=True), strict=True)) if told else {}
    return {
        **{name: _sum(columns.get(name, ())) for name in NAMES},
        "regions": len(rows),
        "suppressed": len(rows) - len(told),
        "untold": {name: columns.get(name, ()).count(None) for name in NAMES},
    }


def _sum(column: Figures) -> int | None:
    known = [figure for figure in column if figure is not None]
    return sum(known) if known and len(known) == len(column) else None


def _region(row: Regional) -> dict[str, Any]:
    return {
        "region": row.region,
        **(dict.fromkeys(NAMES) if row.figures is None else dict(zip(NAMES, row.figures, strict=True))),
        "version": row.version,
        "epoch": row.epoch,
        "as_of": row.as_of,
        "received_at": row.received_at,
        "trace_id": row.trace_id,
        "suppressed": row.figures is None,
    }


async def entries(session: AsyncSession, wanted: Page) -> dict[str, Any]:
    """A page of what regions added to the catalogue for themselves."""
    keys = [national_entry.c.region, national_entry.c.code]
    found = await page(session, sa.select(national_entry), keys, wanted)
    items = [{**row, "intervention": row["content"]} for row in found["items"]]
    return {"items": items, "next": found["next"]}
