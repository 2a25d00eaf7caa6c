"""What regions published of themselves, read at their hub."""

from fractions import Fraction
from functools import partial
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from services.evaluation.catalogue import queries as catalogue
from services.evaluation.facts.shares import THOUSAND
from shared import periods
from shared.federation import regional_figures, regional_units
from shared.federation.regional_answers import answer
from shared.federation.regional_units import Below, UnitFigure
from shared.http.paging import Page

INDICATOR = "indicator"
NAMES = ("numerator", "denominator")


async def answer_of(session: AsyncSession, period: str, code: str) -> dict[str, Any]:
    """The nation and its regions. Raises NotFound `indicator-unknown`, Invalid `period-malformed`."""
    factor = await _factor(session, code)
    periods.bounds(period)
    found = answer(await regional_figures.regions(session, INDICATOR, period, code), NAMES)
    for figures in (found["national"], *found["regions"]):
        figures.update(_view(figures["numerator"], figures["denominator"], factor))
    return found


async def units(session: AsyncSession, below: Below, period: str, code: str, wanted: Page) -> dict[str, Any]:
    """One page of a region's units by code, each with the value that its region published, or None.

    Raises NotFound `indicator-unknown`, `region-unknown`, `unit-unknown`, Invalid `period-malformed`.
    """
    factor = await _factor(session, code)
    periods.bounds(period)
    of, shown = (INDICATOR, period, code), partial(_unit, factor=factor)
    return await regional_units.with_figure(session, below, wanted, "indicator", of, shown)


def _unit(row: UnitFigure, factor: int) -> dict[str, Any]:
    numerator, denominator = row.figures or (None, None)
    return {
        **_view(numerator, denominator, factor),
        "version": row.version,
        "epoch": row.epoch,
        "as_of": row.as_of,
        "suppressed": row.figures is None,
    }


async def _factor(session: AsyncSession, code: str) -> int:
    """By what a share of an indicator is multiplied. Raises NotFound `indicator-unknown`."""
    definition = catalogue.delivered().get(code) or await catalogue.indicator(session, code)
    return int(definition["factor"])


def _view(numerator: int | None, denominator: int | None, factor: int) -> dict[str, float | None]:
    """Sums are divided once, exactly; percentages are never averaged."""
    if numerator is None or denominator is None:
        return {"value": None, "numerator": None, "denominator": None}
    value = float(round(Fraction(numerator, denominator) * factor, 2)) if denominator else None
    return {"value": value, "numerator": numerator / THOUSAND, "denominator": denominator / THOUSAND}
