"""Indicator values: sums as they are kept, divided once on the way out, small cells hidden.

Who may read the individuals sees live figures, everybody else what was published.
"""

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.evaluation.outcomes import BESIDE
from services.evaluation.queries import catalogue, targets
from services.evaluation.queries.catalogue import delivered
from services.evaluation.shares import THOUSAND
from services.evaluation.suppression import Figure, hidden_figures
from services.evaluation.tables import indicator_value as v
from services.evaluation.tables.groups import load_groups, load_published
from services.evaluation.targets import Target, holding, met, shown
from shared import access, periods
from shared.auth.caller import Caller
from shared.database import raw
from shared.hidden import counted
from shared.http import page
from shared.http.paging import Page

HIDDEN = counted(
    "select count(*) from indicator_value where published_version > 0 and published_denominator is null"
)
_CELL = (v.c.indicator, v.c.period, v.c.unit_code)


async def listing(
    session: AsyncSession,
    caller: Caller,
    wanted: Page,
    unit: str,
    indicator: str | None = None,
    period: str | None = None,
) -> dict[str, Any]:
    """Values of one unit inside the caller's units, by indicator and period.

    Raises NotFound `unit-unknown` or `indicator-unknown`, Forbidden `unit-out-of-scope`, Invalid
    `period-malformed`.
    """
    await _check(session, caller, unit, indicator, period)
    live = _live(caller)
    select = sa.select(*_CELL).where(v.c.unit_code == unit, v.c.people > 0, ~_beside())
    if indicator:
        select = select.where(v.c.indicator == indicator)
    if period:
        select = select.where(v.c.period == period)
    found = await page(session, select, [v.c.indicator, v.c.period], wanted)
    return {**found, "live": live, "items": await _views(session, found["items"], live)}


async def children(
    session: AsyncSession, caller: Caller, wanted: Page, unit: str, indicator: str, period: str
) -> dict[str, Any]:
    """Values of the units directly below one, in the tree that the period has. Raises as `listing`."""
    await _check(session, caller, unit, indicator, period)
    live = _live(caller)
    select = sa.select(*_CELL).where(
        v.c.indicator == indicator, v.c.period == period, v.c.parent_code == unit, v.c.people > 0
    )
    found = await page(session, select, [v.c.unit_code], wanted)
    return {**found, "live": live, "items": await _views(session, found["items"], live)}


async def _check(
    session: AsyncSession, caller: Caller, unit: str, indicator: str | None, period: str | None
) -> None:
    if period is not None:
        periods.bounds(period)
    if indicator is not None:
        await catalogue.indicator(session, indicator)
    await access.require_unit(session, caller, unit)


def _live(caller: Caller) -> bool:
    """Whether the caller's role reads the individuals inside its units."""
    return not caller.roles.isdisjoint(access.OVERSEES)


def _beside() -> sa.ColumnElement[bool]:
    return v.c.indicator.in_(list(BESIDE.values()))


async def _views(
    session: AsyncSession, items: Iterable[Mapping[str, Any]], live: bool
) -> list[dict[str, Any]]:
    """Cells with their figures, or without where they are hidden; OC-03 and OC-04 with what is beside them."""
    cells = [(item["indicator"], item["period"], item["unit_code"]) for item in items]
    beside = {cell: (BESIDE[cell[0]], *cell[1:]) for cell in cells if cell[0] in BESIDE}
    wanted = [*cells, *beside.values()]
    connection = await raw(session)
    if live:
        figures = await load_groups(connection, wanted)
        hidden = hidden_figures(figures)
    else:
        figures = await load_published(connection, wanted)
        hidden = {figure.cell for figure in figures if not figure.people}
    known = {figure.cell: figure for figure in figures}
    aims = await targets.standing(session, *({cell[place] for cell in cells} for place in range(3)))
    views = []
    for cell in cells:
        if cell not in known:
            continue
        other = known.get(beside.get(cell, cell)) if cell in beside else None
        view = _view(known[cell], hidden)
        besides = None if other is None else _view(other, hidden)
        views.append({**view, "beside": besides, "target": _target(known[cell], hidden, *aims)})
    return views


def _view(figure: Figure, hidden: set[tuple[str, str, str]]) -> dict[str, Any]:
    code = figure.indicator.partition(":")[0]
    definition = delivered()[code]  # by which it was computed
    view: dict[str, Any] = {
        "indicator": figure.indicator,
        "unit_code": figure.unit_code,
        "period": figure.period,
        "unit": definition["unit"],
        "as_of": figure.as_of,
        "version": figure.version,
        "suppressed": figure.cell in hidden,
        "numerator": None,
        "denominator": None,
        "people": None,
        "value": None,
    }
    if figure.cell not in hidden:
        share = _exact(figure)
        view |= {
            "numerator": figure.numerator / THOUSAND,
            "denominator": figure.denominator / THOUSAND,
            "people": figure.people,
            "value": float(round(share, 2)),  # half-even, once, after the exact division
        }
    return view


def _exact(figure: Figure) -> Fraction:
    factor: int = delivered()[figure.indicator.partition(":")[0]]["factor"]
    return Fraction(figure.numerator, figure.denominator) * factor


def _target(
    figure: Figure, hidden: set[tuple[str, str, str]], aims: list[Target], levels: Mapping[str, str | None]
) -> dict[str, Any] | None:
    """The target that holds for a value, met or not; a hidden value does not say."""
    found = holding(aims, *figure.cell, levels.get(figure.unit_code))
    if found is None:
        return None
    direction = delivered()[figure.indicator]["direction"]
    return {
        "value": shown(found.value),
        "origin": "hub" if found.national else "own",
        "unit_level": found.level or None,
        "met": None if figure.cell in hidden else met(_exact(figure), found.value, direction),
    }
