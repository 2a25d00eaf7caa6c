"""What regions published of themselves, read at their hub."""

from fractions import Fraction
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from services.evaluation.catalogue import queries as catalogue
from services.evaluation.facts.shares import THOUSAND
from shared import periods
from shared.federation import regional_figures
from shared.federation.regional_answers import answer

INDICATOR = "indicator"
NAMES = ("numerator", "denominator")


async def answer_of(session: AsyncSession, period: str, code: str) -> dict[str, Any]:
    """The nation and its regions. Raises NotFound `indicator-unknown`, Invalid `period-malformed`."""
    factor = (catalogue.delivered().get(code) or await catalogue.indicator(session, code))["factor"]
    periods.bounds(period)
    found = answer(await regional_figures.regions(session, INDICATOR, period, code), NAMES)
    for figures in (found["national"], *found["regions"]):
        figures.update(_view(figures["numerator"], figures["denominator"], factor))
    return found


def _view(numerator: int | None, denominator: int | None, factor: int) -> dict[str, float | None]:
    """Sums are divided once, exactly; percentages are never averaged."""
    if numerator is None or denominator is None:
        return {"value": None, "numerator": None, "denominator": None}
    value = float(round(Fraction(numerator, denominator) * factor, 2)) if denominator else None
    return {"value": value, "numerator": numerator / THOUSAND, "denominator": denominator / THOUSAND}
