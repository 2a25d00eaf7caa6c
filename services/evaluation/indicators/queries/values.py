"""Indicator values: sums as they are kept, divided once on the way out.

Who may read every individual of a value sees it live and whole; everybody else as it was published, less
what `queries.readers` withholds from this reader. Of the rest `queries.listed` lists nothing.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.evaluation.catalogue import queries as catalogue
from services.evaluation.catalogue.queries import delivered
from services.evaluation.facts.shares import THOUSAND
from services.evaluation.indicators.outcomes import BESIDE
from services.evaluation.indicators.queries import listed, readers
from services.evaluation.indicators.queries.cells import Figure, Key, hidden, load_live, load_published
from services.evaluation.tables import indicator_value as v
from services.evaluation.targets import queries as targets
from services.evaluation.targets.achievement import Target, holding, met, shown
from shared import periods
from shared.auth.caller import Caller
from shared.database.engine import raw
from shared.directory import authorization
from shared.disclosure import readable
from shared.http import page
from shared.http.paging import Page

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
    outside = await _outside(session, caller, unit, indicator, period)
    which = (v.c.unit_code == unit) & ~_beside()
    if indicator:
        which &= v.c.indicator == indicator
    if period:
        which &= v.c.period == period
    select = sa.select(*_CELL).where(await listed.cells(session, caller, outside, which))
    found = await page(session, select, [v.c.indicator, v.c.period], wanted)
    return await _answer(session, caller, found, outside)


async def children(
    session: AsyncSession, caller: Caller, wanted: Page, unit: str, indicator: str, period: str
) -> dict[str, Any]:
    """Values of the units directly below one, in the tree that the period has. Raises as `listing`."""
    outside = await _outside(session, caller, unit, indicator, period)
    which = (v.c.indicator == indicator) & (v.c.period == period) & (v.c.parent_code == unit)
    select = sa.select(*_CELL).where(await listed.cells(session, caller, outside, which))
    found = await page(session, select, [v.c.unit_code], wanted)
    return await _answer(session, caller, found, outside)


async def _outside(
    session: AsyncSession, caller: Caller, unit: str, indicator: str | None, period: str | None
) -> list[str] | None:
    """Check the question; the units whose people the caller's role does not reach, None without such a role."""
    by_role = readable.by_role(caller)
    if not by_role:
        await readable.at_one_moment(session)
    await authorization.require_unit(session, caller, "indicator.read", unit)
    if period is not None:
        periods.bounds(period)
    if indicator is not None:
        await catalogue.indicator(session, indicator)
    return await readers.away(session, caller, unit) if by_role else None


def _beside() -> sa.ColumnElement[bool]:
    return v.c.indicator.in_(list(BESIDE.values()))


async def _answer(
    session: AsyncSession, caller: Caller, found: dict[str, Any], outside: list[str] | None
) -> dict[str, Any]:
    """A page of cells with their figures; `live` says it of all together, and each of itself."""
    items = await _views(session, caller, found["items"], outside)
    live = all(item["live"] for item in items) if items else outside is not None
    return {**found, "live": live, "items": items}


async def _views(
    session: AsyncSession, caller: Caller, items: Iterable[Mapping[str, Any]], outside: list[str] | None
) -> list[dict[str, Any]]:
    """Cells with their figures, or without where they are hidden; OC-03 and OC-04 with what is beside them."""
    cells = [(item["indicator"], item["period"], item["unit_code"]) for item in items]
    beside = {cell: (BESIDE[cell[0]], *cell[1:]) for cell in cells if cell[0] in BESIDE}
    figures = await _figures(session, caller, [*cells, *beside.values()], outside)
    aims = await targets.standing(session, *({cell[place] for cell in cells} for place in range(3)))
    views = []
    for cell in cells:
        if cell not in figures:
            continue
        other = _other(figures, cell, beside[cell]) if cell in beside else None
        target = _target(figures[cell], *aims)
        views.append({**_view(figures[cell]), "beside": other and _view(other), "target": target})
    return views


def _other(figures: Mapping[Key, Figure], cell: Key, beside: Key) -> Figure | None:
    """What stands beside a cell; hidden where it was never published, whether there is anybody in it or not."""
    if beside in figures or figures[cell].live:
        return figures.get(beside)
    return replace(hidden(figures[cell]), indicator=beside[0])


async def _figures(
    session: AsyncSession, caller: Caller, wanted: list[Key], outside: list[str] | None
) -> dict[Key, Figure]:
    """Each cell as this reader has it; without people where it is hidden."""
    connection = await raw(session)
    if outside == []:
        return await load_live(connection, wanted)
    figures, people = await load_published(connection, wanted)
    found = await readers.values(session, caller, people, outside)
    unpublished = {cell for cell, figure in figures.items() if not figure.people}
    figures |= {cell: hidden(figures[cell]) for cell in found.withheld | unpublished}
    return figures | await load_live(connection, sorted(found.live))


def _view(figure: Figure) -> dict[str, Any]:
    code = figure.indicator.partition(":")[0]
    definition = delivered()[code]  # by which it was computed
    view: dict[str, Any] = {
        "indicator": figure.indicator,
        "unit_code": figure.unit_code,
        "period": figure.period,
        "unit": definition["unit"],
        "as_of": figure.as_of,
        "version": figure.version,
        "live": figure.live,
        "suppressed": not figure.people,
        "numerator": None,
        "denominator": None,
        "people": None,
        "value": None,
    }
    if figure.people:
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


def _target(figure: Figure, aims: list[Target], levels: Mapping[str, str | None]) -> dict[str, Any] | None:
    """The target that holds for a value, met or not; a hidden value does not say."""
    found = holding(aims, *figure.cell, levels.get(figure.unit_code))
    if found is None:
        return None
    direction = delivered()[figure.indicator]["direction"]
    return {
        "value": shown(found.value),
        "origin": "hub" if found.national else "own",
        "unit_level": found.level or None,
        "met": None if not figure.people else met(_exact(figure), found.value, direction),
    }
