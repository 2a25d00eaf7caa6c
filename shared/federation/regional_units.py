"""The units of one region as its hub knows them, a level at a time, and what the region published of each.

Every cell is shown as it came. Nothing is added or hidden here: a region suppresses before it sends,
so that no difference between its published cells is about a few people; showing the cells of its tree
gives away no more than the region published. What was not published is not listed.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from shared.errors import FieldError, NotFound
from shared.federation.regional_tables import figure, unit
from shared.http.paging import Page, page


@dataclass(frozen=True, slots=True)
class Below:
    """Which units: the children of `parent` in `region`, its top units where there is no parent."""

    region: str
    parent: str | None


@dataclass(frozen=True, slots=True)
class UnitFigure:
    """What a region published of one unit with all below it; `figures` is None where it is suppressed."""

    unit_code: str
    slice: str
    figures: list[int | None] | None  # None in a place that is withheld
    epoch: int
    version: int
    as_of: date | None
    received_at: datetime
    trace_id: str | None


async def units(session: AsyncSession, below: Below, wanted: Page) -> dict[str, Any]:
    """One page of units by code. Raises NotFound `region-unknown`, `unit-unknown`."""
    await _require(session, below)
    # `parent` is null for tops: SQLAlchemy writes `is null` for None, which the index answers as well.
    children = sa.select(*unit.c).where(unit.c.region == below.region, unit.c.parent == below.parent)
    return await page(session, children, [unit.c.unit_code], wanted)


async def with_figure(
    session: AsyncSession,
    below: Below,
    wanted: Page,
    field: str,
    of: tuple[str, str, str],
    shown: Callable[[UnitFigure], dict[str, Any] | None],
) -> dict[str, Any]:
    """A page as `units`, in `field` of each what `shown` makes of its figure, or None where none was published.

    `of` is kind, period and slice of the figure. Raises as `units`.
    """
    found = await units(session, below, wanted)
    kind, period, slice_ = of
    codes = [unit["unit_code"] for unit in found["items"]]
    rows = await figures(session, kind, period, [slice_], below.region, codes)
    published = {row.unit_code: shown(row) for row in rows}
    items = [{**unit, field: published.get(unit["unit_code"])} for unit in found["items"]]
    return {"items": items, "next": found["next"]}


async def figures(
    session: AsyncSession, kind: str, period: str, slices: Sequence[str], region: str, codes: Sequence[str]
) -> list[UnitFigure]:
    """What the region published of these units; those of which it published no figure are missing."""
    of = figure.c
    shown = (of.unit_code, of.slice, of.figures, of.epoch, of.version, of.as_of, of.received_at, of.trace_id)
    select = sa.select(*shown).where(
        of.kind == kind,
        of.period == period,
        of.slice.in_(slices),
        of.region == region,
        of.unit_code.in_(codes),
        of.figures.is_not(None),
    )
    return [UnitFigure(**row) for row in (await session.execute(select)).mappings()]


async def _require(session: AsyncSession, below: Below) -> None:
    theirs = sa.select(sa.true()).where(unit.c.region == below.region)
    # Ordered, so that the key answers: a scan for one region's first unit may pass all of the others'.
    first = theirs.order_by(unit.c.unit_code).limit(1).scalar_subquery()
    parent = theirs.where(unit.c.unit_code == below.parent).exists()
    known = (await session.execute(sa.select(first.label("region"), parent.label("parent")))).one()
    if not known.region:
        error = FieldError("/query/region", "region-unknown", "No units of such a region came here.")
        raise NotFound("region-unknown", "The hub knows no units of this region.", [error])
    if below.parent is not None and not known.parent:
        error = FieldError("/query/parent", "unit-unknown", "The region has no such unit.")
        raise NotFound("unit-unknown", "The hub knows no such unit of this region.", [error])
