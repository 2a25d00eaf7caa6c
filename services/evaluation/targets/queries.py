"""Targets, read: this instance's own, its hub's, and at a hub its regions'."""

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.evaluation.tables import directory
from services.evaluation.tables.targets import national_target, target
from services.evaluation.targets.achievement import Target
from shared.errors import NotFound
from shared.http.paging import Page, page

_KEYS = [target.c.indicator, target.c.period, target.c.unit_code, target.c.level]


async def listing(session: AsyncSession, wanted: Page, filters: dict[str, str | None]) -> dict[str, Any]:
    """A page of targets that stand, by indicator and period; filters indicator, period, unit_code, level."""
    select = sa.select(target).where(target.c.value.is_not(None))
    for name, value in filters.items():
        if value is not None:
            select = select.where(target.c[name] == value)
    return await page(session, select, [*_KEYS, target.c.national], wanted)


async def one(session: AsyncSession, key: dict[str, str]) -> dict[str, Any]:
    """An own target, or else the hub's; a withdrawn own one too. Raises NotFound `target-unknown`."""
    select = sa.select(target).where(*(target.c[name] == value for name, value in key.items()))
    row = (await session.execute(select.order_by(target.c.national).limit(1))).mappings().one_or_none()
    if row is None:
        raise NotFound("target-unknown", "There is no target for this indicator, period and place.")
    return dict(row)


async def regional(session: AsyncSession, wanted: Page, filters: dict[str, str | None]) -> dict[str, Any]:
    """A page of the targets that regions set for themselves; filters as `listing`, and region."""
    select = sa.select(national_target).where(national_target.c.value.is_not(None))
    for name, value in filters.items():
        if value is not None:
            select = select.where(national_target.c[name] == value)
    keys = [national_target.c.region, *(national_target.c[column.name] for column in _KEYS)]
    return await page(session, select, keys, wanted)


async def standing(
    session: AsyncSession, indicators: Collection[str], periods: Collection[str], units: Collection[str]
) -> tuple[list[Target], dict[str, str | None]]:
    """Targets that may hold at these units, and the level of each unit."""
    if not units:
        return [], {}
    unit = directory.unit
    rows = await session.execute(sa.select(unit.c.unit_code, unit.c.level).where(unit.c.unit_code.in_(units)))
    levels: dict[str, str | None] = {row.unit_code: row.level for row in rows}
    select = sa.select(*_KEYS, target.c.national, target.c.value).where(
        target.c.indicator.in_(indicators),
        target.c.period.in_(periods),
        target.c.unit_code.in_(["", *units]),
        target.c.value.is_not(None),
    )
    found = (await session.execute(select)).mappings()
    return [Target(**row) for row in found], levels
