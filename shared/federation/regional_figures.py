"""What regions publish, as their hub keeps it: figures that are states, added up to the nation's.

A figure is known by region, kind, unit, period and slice (a level, an indicator), and counts when
its (epoch, version) is above the one that is kept: a repeat or an old one changes nothing. With a
region's first word in a new epoch its figures of earlier ones are forgotten. The nation's figures
are sums over the regions' top units, of what the regions published and of nothing else.

Below a region its units are read as they came (shared/federation/regional_units.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from shared import clock
from shared.database.arrays import literal
from shared.database.engine import raw
from shared.events.registry import UnitsChanged
from shared.federation import epochs
from shared.messaging.subscriptions import Received


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure as a region published it; `figures`, or a place in it, is None where it is suppressed."""

    unit_code: str
    period: str
    slice: str
    version: int
    figures: Sequence[int | None] | None
    as_of: date | None = None


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


def tables(metadata: sa.MetaData) -> None:
    """Add the hub's two tables to a service's metadata; they stay empty in a region."""
    sa.Table(
        "national_unit",
        metadata,
        sa.Column("region", sa.Text, primary_key=True),
        sa.Column("unit_code", sa.Text, primary_key=True),
        sa.Column("parent", sa.Text),
        sa.Column("level", sa.Text, nullable=False),
        sa.Column("type", sa.Text),
        sa.Column("closed_on", sa.Date),
        sa.Column("epoch", sa.Integer, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Index("ix_national_unit_parent", "region", "parent", "unit_code"),
    )
    sa.Table(
        "national_figure",
        metadata,
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("period", sa.Text, primary_key=True),
        sa.Column("slice", sa.Text, primary_key=True),
        sa.Column("region", sa.Text, primary_key=True),
        sa.Column("unit_code", sa.Text, primary_key=True),
        sa.Column("figures", ARRAY(sa.BigInteger)),
        sa.Column("epoch", sa.Integer, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("as_of", sa.Date),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("trace_id", sa.Text),
    )


# A batch may hold several versions of one figure; `on conflict` takes one row of a key only.
_TAKE = """
insert into national_figure as f
    (kind, period, slice, region, unit_code, figures, epoch, version, as_of, received_at, trace_id)
select distinct on (period, slice, region, unit_code) $1, period, slice, region, unit_code,
    figures::bigint[], epoch, version, as_of, $2, trace_id
from unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::int[], $9::bigint[], $10::date[],
    $11::text[]) as n(period, slice, region, unit_code, figures, epoch, version, as_of, trace_id)
order by period, slice, region, unit_code, epoch desc, version desc
on conflict (kind, period, slice, region, unit_code) do update set figures = excluded.figures,
    epoch = excluded.epoch, version = excluded.version, as_of = excluded.as_of,
    received_at = excluded.received_at, trace_id = excluded.trace_id
where (f.epoch, f.version) < (excluded.epoch, excluded.version)
"""
_TAKE_UNITS = """
insert into national_unit as u (region, unit_code, parent, level, type, closed_on, epoch, version)
select distinct on (region, unit_code) region, unit_code, parent, level, type, closed_on, epoch, version
from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::date[], $7::int[], $8::bigint[])
    as n(region, unit_code, parent, level, type, closed_on, epoch, version)
order by region, unit_code, epoch desc, version desc
on conflict (region, unit_code) do update set parent = excluded.parent, level = excluded.level,
    type = excluded.type, closed_on = excluded.closed_on, epoch = excluded.epoch, version = excluded.version
where (u.epoch, u.version) < (excluded.epoch, excluded.version)
"""
UNITS = "unit"
_FORGET = "delete from national_figure where region = $1 and epoch < $2 and kind = $3"
_FORGET_UNITS = "delete from national_unit where region = $1 and epoch < $2"
_REGIONS = sa.text("""
select f.region, f.figures, f.epoch, f.version, f.as_of, f.received_at, f.trace_id
from national_figure f join national_unit u using (region, unit_code)
where f.kind = :kind and f.period = :period and f.slice = :slice and u.parent is null and f.figures is not null
order by f.region, f.unit_code
""")

Published = tuple[Received[Any], Sequence[Figure]]


async def take(session: AsyncSession, kind: str, published: Sequence[Published]) -> None:
    """Keep the figures of a batch of regions' events, each ordered by epoch and version."""
    latest = await epochs.latest(session, kind, [event for event, _ in published], _FORGET, kind)
    rows = [
        (
            item.period, item.slice, event.instance, item.unit_code, literal(item.figures), event.epoch,
            item.version, item.as_of, _trace(event),
        )
        for event, items in published
        if event.epoch == latest[event.instance]
        for item in items
    ]  # fmt: skip
    if rows:
        columns = (list(column) for column in zip(*rows, strict=True))
        await (await raw(session)).execute(_TAKE, kind, clock.now(), *columns)


async def take_units(session: AsyncSession, events: Sequence[Received[UnitsChanged]]) -> None:
    """Keep which units are below which, of every region."""
    latest = await epochs.latest(session, UNITS, events, _FORGET_UNITS)
    rows = [
        (
            event.instance, unit.unit_code, unit.parent, unit.level, unit.type, unit.closed_on, event.epoch,
            unit.version,
        )
        for event in events
        if event.epoch == latest[event.instance]
        for unit in event.data.items
    ]  # fmt: skip
    if rows:
        columns = (list(column) for column in zip(*rows, strict=True))
        await (await raw(session)).execute(_TAKE_UNITS, *columns)


async def regions(session: AsyncSession, kind: str, period: str, slice_: str) -> list[Regional]:
    """What each region published about itself as a whole.

    A region that published no figure is missing, also one of an earlier version that announced its cell
    without figures: that it did says that one to four people are in it.
    """
    found = await session.execute(_REGIONS, {"kind": kind, "period": period, "slice": slice_})
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


def _trace(event: Received[Any]) -> str | None:
    return f"{event.span.trace_id:032x}" if event.span is not None and event.span.is_valid else None
