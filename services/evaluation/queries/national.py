"""What regions published of themselves, read at their hub."""

from fractions import Fraction
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.evaluation.queries.catalogue import indicator as of_catalogue
from services.evaluation.shares import THOUSAND
from services.evaluation.tables import directory
from shared import national, periods
from shared.auth.caller import Caller
from shared.errors import Forbidden
from shared.http.national import answer

INDICATOR = "indicator"
NAMES = ("numerator", "denominator")


async def require_everywhere(session: AsyncSession, caller: Caller) -> None:
    """Raises Forbidden `unit-out-of-scope` unless the caller's units include the root."""
    unit = directory.unit
    root = sa.exists().where(unit.c.parent.is_(None), unit.c.version > 0, unit.c.unit_code.in_(caller.units))
    if not await session.scalar(sa.select(root)):
        raise Forbidden("unit-out-of-scope", "This needs the whole tree in your units.")


async def answer_of(session: AsyncSession, period: str, code: str) -> dict[str, Any]:
    """The nation and its regions. Raises NotFound `indicator-unknown`, Invalid `period-malformed`."""
    factor = of_catalogue(code)["factor"]
    periods.bounds(period)
    found = answer(await national.regions(session, INDICATOR, period, code), NAMES)
    for figures in (found["national"], *found["regions"]):
        figures.update(_view(figures["numerator"], figures["denominator"], factor))
    return found


def _view(numerator: int | None, denominator: int | None, factor: int) -> dict[str, float | None]:
    """Sums are divided once, exactly; percentages are never averaged."""
    if numerator is None or denominator is None:
        return {"value": None, "numerator": None, "denominator": None}
    value = float(round(Fraction(numerator, denominator) * factor, 2)) if denominator else None
    return {"value": value, "numerator": numerator / THOUSAND, "denominator": denominator / THOUSAND}
