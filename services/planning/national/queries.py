"""What regions published of themselves, read at their hub."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.plan_totals.commands.plan_facts import CLOSED_OTHERWISE, COMPLETED
from services.planning.tables.catalogue import national_entry
from shared import periods
from shared.events.planning import ToldFigures
from shared.federation import regional_figures, regional_units
from shared.federation.regional_figures import Regional
from shared.federation.regional_units import Below, UnitFigure
from shared.http.paging import Page, page

PLANS = "plans"
NAMES = ("people", *ToldFigures.__struct_fields__)
# As figures are stored: releases have plans closed in two parts, single figures their sum alone.
PLACES = (*NAMES, CLOSED_OTHERWISE)


async def plans(session: AsyncSession, period: str) -> list[Regional]:
    """Each region's plans of one period. Raises Invalid `period-malformed`."""
    periods.bounds(period)
    return [_named(row) for row in await regional_figures.regions(session, PLANS, period, "")]


def _named(row: Regional) -> Regional:
    """With the figures of `NAMES`: plans closed are told where both parts are."""
    return replace(row, figures=_of_names(row.figures)) if row.figures else row


def _of_names(published: list[int | None]) -> list[int | None]:
    if len(published) == len(NAMES):
        return published
    figures = dict(zip(PLACES, published, strict=True))
    parts = [figures[COMPLETED], figures.pop(CLOSED_OTHERWISE)]
    figures["closed"] = None if None in parts else sum(map(int, filter(None, parts)))
    return list(figures.values())


async def units(session: AsyncSession, below: Below, period: str, wanted: Page) -> dict[str, Any]:
    """One page of a region's units by code, each with the plans that its region published, or None.

    Raises NotFound `region-unknown`, `unit-unknown`, Invalid `period-malformed`.
    """
    periods.bounds(period)
    return await regional_units.with_figure(session, below, wanted, "plans", (PLANS, period, ""), _unit)


def _unit(row: UnitFigure) -> dict[str, Any]:
    return {
        **dict(zip(NAMES, _of_names(row.figures or [None] * len(NAMES)), strict=True)),
        "version": row.version,
        "epoch": row.epoch,
        "as_of": row.as_of,
        "suppressed": row.figures is None,
    }


def unpublished(rows: Sequence[Regional]) -> dict[str, int]:
    """By figure, how many of the regions that tell something do not tell it: the nation's is then null."""
    published = [row.figures for row in rows if row.figures is not None]
    return {name: sum(figures[place] is None for figures in published) for place, name in enumerate(NAMES)}


async def entries(session: AsyncSession, wanted: Page) -> dict[str, Any]:
    """A page of what regions added to the catalogue for themselves."""
    keys = [national_entry.c.region, national_entry.c.code]
    found = await page(session, sa.select(national_entry), keys, wanted)
    items = [{**row, "intervention": row["content"]} for row in found["items"]]
    return {"items": items, "next": found["next"]}
