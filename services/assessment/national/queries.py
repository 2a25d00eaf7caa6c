"""Scores of the nation and of its regions' units, read at a hub: what regions published, and sums of it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from services.assessment.national.commands import ROLLUP
from shared.events.framework import COMPETENCIES, SCALE
from shared.federation import regional_figures, regional_units
from shared.federation.regional_figures import Regional
from shared.federation.regional_units import Below, UnitFigure
from shared.http.paging import Page


async def rollups(session: AsyncSession, period: str, level: str) -> dict[str, Any]:
    """The nation's figures per competency, and each region's."""
    published = await regional_figures.regions(session, ROLLUP, period, level)
    rows = [_counted(row) for row in published if row.figures is not None and row.figures[0] is not None]
    suppressed = sum(row.figures is None for row in rows)
    return {
        "scale": SCALE,
        "competencies": COMPETENCIES,
        "national": {**_shown(regional_figures.added(rows)), "regions": len(rows), "suppressed": suppressed},
        "regions": [_region(row) for row in rows],
    }


async def units(session: AsyncSession, below: Below, period: str, level: str, wanted: Page) -> dict[str, Any]:
    """One page of a region's units by code, each with the roll-up that its region published, or None.

    Raises NotFound `region-unknown`, `unit-unknown`.
    """
    of = (ROLLUP, period, level)
    found = await regional_units.with_figure(session, below, wanted, "rollup", of, _unit)
    return {"scale": SCALE, "competencies": COMPETENCIES, **found}


def _unit(row: UnitFigure) -> dict[str, Any] | None:
    if not row.figures or row.figures[0] is None:
        return None
    return {
        **_shown(_without_gaps(row.figures)),
        "version": row.version,
        "epoch": row.epoch,
        "suppressed": row.figures is None,
    }


def _counted(row: Regional) -> Regional:
    """With nobody in the competencies that the region does not tell: the nation's are of those that do."""
    return replace(row, figures=_without_gaps(row.figures))


def _without_gaps(figures: Sequence[int | None] | None) -> list[int | None]:
    return [place or 0 for place in figures or ()]


def _region(row: Regional) -> dict[str, Any]:
    return {
        "region": row.region,
        **_shown(row.figures),
        "version": row.version,
        "epoch": row.epoch,
        "received_at": row.received_at,
        "trace_id": row.trace_id,
        "suppressed": row.figures is None,
    }


def _shown(figures: Sequence[int | None] | None) -> dict[str, Any]:
    if figures is None:
        return {"people": None, "figures": None}
    size = len(COMPETENCIES)
    columns = (figures[1 + at * size : 1 + (at + 1) * size] for at in range(4))
    return {"people": figures[0], "figures": [_figure(*places) for places in zip(*columns, strict=True)]}


def _figure(people: int, total: int, judged: int, below: int) -> dict[str, Any] | None:
    """One competency; None where no region tells it."""
    if not people:
        return None
    return {
        "people": people,
        "sum": total,
        "mean": round(total / people),
        "below_target": below if judged else None,
        "below_target_of": judged or None,
    }
