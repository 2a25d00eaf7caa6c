"""What regions publish, as their hub stores it: figures that are states, added up to the nation's.

A figure is known by region, kind, unit, period and slice (a level, an indicator), and replicated as any other
thing (shared/federation/replication.py). The nation's figures are sums over the regions' top units, of what the
regions published and of nothing else.

Below a region its units are read as they came (shared/federation/regional_units.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from shared.database.engine import lock
from shared.events.registry import UnitsChanged, UnitState
from shared.federation.regional_tables import figure, release, unit
from shared.federation.replication import Replicated, Row
from shared.messaging.subscriptions import Received


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure as a region published it; `figures`, or a place in it, is None where it is suppressed.

    Of a release, `decided` says which places are as it has them: None there replaces what an earlier one has.
    Without it those are that have a figure.
    """

    unit_code: str
    period: str
    slice: str
    version: int
    figures: Sequence[int | None] | None
    as_of: date | None = None
    decided: Sequence[bool] | None = None


@dataclass(frozen=True, slots=True)
class Regional:
    """A region's figure for all of its units; None in a place that it withholds."""

    region: str
    figures: list[int | None] | None
    epoch: int
    version: int
    as_of: date | None
    received_at: datetime
    trace_id: str | None


UNITS = Replicated("unit", unit, ("region", "unit_code"))


Published = tuple[Received[Any], Sequence[Figure]]


async def take(session: AsyncSession, kind: str, published: Sequence[Published]) -> None:
    """Store the newest of a batch of regions' figures.

    A region that sends whole releases (`regional_releases`) sends these for older hubs; they are not taken.
    """
    await one_way_at_a_time(session, kind)
    documented = await _documented(session, {event.instance for event, _ in published})
    rows = (
        (event, [_figure(kind, item) for item in items])
        for event, items in published
        if event.epoch > documented.get(event.instance, 0)
    )
    await _figures(kind).take(session, rows)


async def one_way_at_a_time(session: AsyncSession, kind: str) -> None:
    """Single figures and releases of a kind come at once, by two consumers: each sees what the other stored."""
    await lock(session, f"national {kind}")


async def _documented(session: AsyncSession, regions: set[str]) -> dict[str, int]:
    """The latest epoch in which each region sent a release."""
    of = release.c
    found = (
        sa.select(of.region, sa.func.max(of.epoch).label("epoch"))
        .where(of.region.in_(regions))
        .group_by(of.region)
    )
    return {row.region: row.epoch for row in await session.execute(found)}


async def take_units(session: AsyncSession, events: Sequence[Received[UnitsChanged]]) -> None:
    """Store which units are below which, of every region."""
    await UNITS.take(session, ((event, map(_unit, event.data.items)) for event in events))


@cache
def _figures(kind: str) -> Replicated:
    key = ("kind", "period", "slice", "region", "unit_code")
    theirs = f"stored.region = $1 and stored.kind = '{kind}'"
    return Replicated(kind, figure, key, theirs, ours=("released",))


def _figure(kind: str, item: Figure) -> Row:
    return {
        "kind": kind,
        "period": item.period,
        "slice": item.slice,
        "unit_code": item.unit_code,
        "figures": item.figures,
        "version": item.version,
        "as_of": item.as_of,
    }


def _unit(item: UnitState) -> Row:
    return {
        "unit_code": item.unit_code,
        "parent": item.parent,
        "level": item.level,
        "type": item.type,
        "closed_on": item.closed_on,
        "version": item.version,
        "name": item.name,
    }


async def regions(session: AsyncSession, kind: str, period: str, slice_: str) -> list[Regional]:
    """What each region published about itself as a whole.

    A region that published no figure is missing, also one of an earlier version that announced its cell
    without figures: that it did says that one to four people are in it.
    """
    of = figure.c
    top = sa.and_(unit.c.region == of.region, unit.c.unit_code == of.unit_code, unit.c.parent.is_(None))
    shown = (of.region, of.figures, of.epoch, of.version, of.as_of, of.received_at, of.trace_id)
    select = sa.select(*shown).join(unit, top).order_by(of.region, of.unit_code)
    select = select.where(of.kind == kind, of.period == period, of.slice == slice_, of.figures.is_not(None))
    found = await session.execute(select)
    return [Regional(**row) for row in found.mappings()]


def added(rows: Sequence[Regional]) -> list[int | None] | None:
    """The nation's figures: the regions', place by place; None where no region published any.

    A place that one of those regions withholds is None: a sum without it would be taken for all of them.
    """
    published = [row.figures for row in rows if row.figures is not None]
    return [_sum(places) for places in zip(*published, strict=True)] if published else None


def _sum(places: Sequence[int | None]) -> int | None:
    known = [place for place in places if place is not None]
    return sum(known) if len(known) == len(places) else None
