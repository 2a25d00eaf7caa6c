"""Indicator values leave for the national hub: what changed since it was last said, small cells hidden."""

from collections.abc import Sequence
from typing import Any

import asyncpg
from sqlalchemy.ext.asyncio import AsyncSession

from services.evaluation.suppression import Figure, hidden_figures
from services.evaluation.tables.groups import load_groups
from shared import outbox
from shared.database import Connection, raw
from shared.events.evaluation import IndicatorComputed, IndicatorValue

# Rows that a consumer is about to change are left for the next round, so that nobody waits.
_CHANGED = """
select indicator, period, unit_code from indicator_value where published_version < version
order by indicator, period, unit_code limit $1 for update skip locked
"""
_LOCK = """
select indicator, period, unit_code from indicator_value
join unnest($1::text[], $2::text[], $3::text[], $4::int[]) as wanted(indicator, period, unit_code, version)
    using (indicator, period, unit_code, version)
order by indicator, period, unit_code for update of indicator_value skip locked
"""
_SAID = """
update indicator_value v set published_hidden = said.hidden, version = v.version + said.step,
    published_version = v.version + said.step
from unnest($1::text[], $2::text[], $3::text[], $4::boolean[], $5::int[])
    as said(indicator, period, unit_code, hidden, step)
where (v.indicator, v.period, v.unit_code) = (said.indicator, said.period, said.unit_code)
returning v.indicator, v.period, v.unit_code, v.version, v.numerator, v.denominator, v.as_of,
    v.published_hidden as hidden
"""
_LOOK_AGAIN = """
update indicator_value v set published_version = least(published_version, v.version - 1)
from unnest($1::text[], $2::text[], $3::text[]) as parent(indicator, period, unit_code)
where (v.indicator, v.period, v.parent_code) = (parent.indicator, parent.period, parent.unit_code)
"""

# Shorter than PostgreSQL's deadlock_timeout (1 s): with cells of this round locked, waiting for a
# child that a writer holds may close a circle, and then it is this side that gives way.
_PATIENCE = "set local lock_timeout = '300ms'"

Cell = tuple[str, str, str]
AGGREGATE = "indicator-values"  # items carry versions of their own


async def publish(session: AsyncSession) -> int:
    """Publish up to 500 changed cells and those they hid or uncovered; returns how many changed.

    A cell that is hidden or uncovered gets a version of its own, and its children are looked at
    in the next round, because a hidden parent asks more of them. A child that somebody is changing
    leaves the whole round for later: 0.
    """
    connection = await raw(session)
    try:
        async with connection.transaction():
            await connection.execute(_PATIENCE)
            return await _publish(connection)
    except asyncpg.LockNotAvailableError:
        return 0


async def _publish(connection: Connection) -> int:
    changed = {_cell(row) for row in await connection.fetch(_CHANGED, outbox.MAX_ITEMS)}
    if not changed:
        return 0
    figures = await load_groups(connection, sorted(changed))
    hidden = hidden_figures(figures)
    shown = {figure.cell for figure in figures} - hidden
    flipped = [figure for figure in figures if (figure.cell in hidden) != figure.published_hidden]
    others = await _lock(connection, [figure for figure in flipped if figure.cell not in changed])
    said = [(*cell, cell not in shown, 0) for cell in sorted(changed)]
    said += [(*cell, cell not in shown, 1) for cell in others]
    rows = await connection.fetch(_SAID, *_columns(said))
    await _send(connection, [_item(row) for row in rows])
    if flipped:
        await connection.execute(_LOOK_AGAIN, *_columns([figure.cell for figure in flipped]))
    return len(changed)


async def _lock(connection: Connection, figures: Sequence[Figure]) -> list[Cell]:
    """Lock these cells unless they changed since or somebody is changing them: then their turn comes."""
    if not figures:
        return []
    wanted = _columns([(*figure.cell, figure.version) for figure in figures])
    return [_cell(row) for row in await connection.fetch(_LOCK, *wanted)]


async def _send(connection: Connection, items: Sequence[IndicatorValue]) -> None:
    ordered = sorted(items, key=lambda item: (item.indicator, item.period, item.unit_code))
    batches = [ordered[at : at + outbox.MAX_ITEMS] for at in range(0, len(ordered), outbox.MAX_ITEMS)]
    entries = [
        (IndicatorComputed(items=batch), AGGREGATE, max(item.version for item in batch)) for batch in batches
    ]
    await outbox.add_many(connection, entries)


def _item(row: asyncpg.Record) -> IndicatorValue:
    return IndicatorValue(
        indicator=row["indicator"],
        unit_code=row["unit_code"],
        period=row["period"],
        version=row["version"],
        numerator=None if row["hidden"] else row["numerator"],
        denominator=None if row["hidden"] else row["denominator"],
        as_of=row["as_of"],
        suppressed=row["hidden"],
    )


def _cell(row: asyncpg.Record) -> Cell:
    return row["indicator"], row["period"], row["unit_code"]


def _columns(rows: Sequence[tuple[Any, ...]]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]
