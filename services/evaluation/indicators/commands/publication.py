"""Published indicator values: snapshots that move by five people or more, and the events that tell them.

A round looks at the trees (indicator, period) in which shares changed, at one moment, and moves what
may move. Of a cell that was never published nothing is said: that would tell that one to four people are in it.
"""

import asyncio
import time
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import date

import asyncpg
from sqlalchemy.ext.asyncio import AsyncSession

from services.evaluation.indicators.commands.tree import hold_tree
from services.evaluation.indicators.snapshots import Cell, Change, Round, decide, unchanged
from shared.database.engine import Connection, raw
from shared.events.evaluation import IndicatorComputed, IndicatorValue
from shared.messaging import outbox
from shared.messaging.tracing import telling

# One at a time decides: the timer, and whoever closes a period.
_ALONE = "select pg_advisory_xact_lock(7203114002)"
# Five people with changes to tell, or a root that never moved, whose people nobody needs to remember.
_TOUCHED = """
select h.indicator, h.period from share_change h left join published_tree t using (indicator, period)
group by h.indicator, h.period, t.seen
having max(h.change) > coalesce(t.seen, 0) and (count(distinct h.person_id) >= 5 or exists (
    select from indicator_value v where (v.indicator, v.period, v.parent_code) = (h.indicator, h.period, '')
        and v.moved = 0 and v.people >= 5))
order by h.indicator, h.period
"""
_CELLS = """
select unit_code, parent_code, people, moved, numerator, denominator, as_of from indicator_value
where indicator = $1 and period = $2
"""
_CHANGES = """
select h.person_id, h.change, h.path, h.numerator, h.denominator,
    c.unit_code, c.numerator as now_numerator, c.denominator as now_denominator
from share_change h left join contribution c using (indicator, period, person_id)
where h.indicator = $1 and h.period = $2 order by h.person_id, h.change
"""
_TOLD = """
returning v.indicator, v.period, v.unit_code, v.published_version, v.published_numerator,
    v.published_denominator, v.published_as_of
"""
_MOVE = f"""
update indicator_value v set published_numerator = n.numerator, published_denominator = n.denominator,
    published_people = n.people, published_as_of = n.as_of, published_version = published_version + 1, moved = $3
from unnest($4::text[], $5::bigint[], $6::bigint[], $7::int[], $8::date[])
    as n(unit_code, numerator, denominator, people, as_of)
where v.indicator = $1 and v.period = $2 and v.unit_code = n.unit_code
{_TOLD}
"""
_KEEP_STEP = """
update indicator_value set moved = $3 where indicator = $1 and period = $2 and unit_code = any($4::text[])
"""
_SEEN = """
insert into published_tree (indicator, period, seen) values ($1, $2, $3)
on conflict (indicator, period) do update set seen = excluded.seen
"""
_FORGET = """
delete from share_change h using unnest($3::uuid[], $4::bigint[]) as n(person_id, told)
where h.indicator = $1 and h.period = $2 and h.person_id = n.person_id and h.change <= n.told
"""
_TREES = "select distinct indicator from indicator_value where period = $1 and published_as_of < $2"
_CLOSED = f"""
update indicator_value v set published_as_of = $3, published_version = published_version + 1
where v.indicator = $1 and v.period = $2 and v.published_as_of < $3 and v.unit_code = any($4::text[])
{_TOLD}
"""
_ALL = """
select indicator, period, unit_code, published_version, published_numerator, published_denominator,
    published_as_of
from indicator_value where published_denominator is not null
"""

Tree = tuple[str, str]  # indicator, period
Figures = tuple[int, int, int, date]  # numerator, denominator, people, as of
AGGREGATE = "indicator-values"  # items carry versions of their own


@dataclass(frozen=True, slots=True)
class Seen:
    """A tree as it was at one moment: cells with their figures, and who changed since some cell told them."""

    tree: Tree
    cells: list[Cell]
    figures: dict[str, Figures]
    changes: list[Change]

    @property
    def edition(self) -> int:
        """The last change that is in it; later ones have higher numbers."""
        return max(change.edition for change in self.changes)


async def publish(session: AsyncSession) -> int:
    """Move the published figures that may move; returns how many units' figures did.

    Writers are held off while trees are read and while what moved is written, not while it is decided.
    """
    connection, since = await raw(session), time.time_ns()
    if not await connection.fetch(_TOUCHED):
        return 0
    await connection.execute(_ALONE)
    seen = await _look(session, connection)
    rounds = [await asyncio.to_thread(decide, one.cells, one.changes, one.edition) for one in seen]
    await hold_tree(session)  # rows in no order of keys: nobody else writes some of them now
    with telling("indicators", since) if any(found.moving for found in rounds) else nullcontext():
        for one, found in zip(seen, rounds, strict=True):
            await _move(connection, one, found)
    return sum(len(found.news) for found in rounds)


async def _look(session: AsyncSession, connection: Connection) -> list[Seen]:
    """The touched trees at one moment; the lock goes with the savepoint."""
    moment = await session.begin_nested()
    await hold_tree(session)
    trees = [(indicator, period) for indicator, period in await connection.fetch(_TOUCHED)]
    seen = [await _load(connection, tree) for tree in trees]
    await moment.rollback()  # lint: of a savepoint in which nothing was written
    return seen


async def _load(connection: Connection, tree: Tree) -> Seen:
    rows = await connection.fetch(_CELLS, *tree)
    changes = [_change(row) for row in await connection.fetch(_CHANGES, *tree)]
    return Seen(
        tree, [Cell(*row[:4]) for row in map(tuple, rows)], {row[0]: _figures(row) for row in rows}, changes
    )


async def _move(connection: Connection, seen: Seen, found: Round) -> None:
    tree, edition = seen.tree, seen.edition
    if found.moving:
        news = sorted(found.news)
        columns = list(map(list, zip(*((code, *seen.figures[code]) for code in news), strict=True)))
        await connection.execute(_KEEP_STEP, *tree, edition, list(found.moving - found.news))
        await _send(connection, await connection.fetch(_MOVE, *tree, edition, *columns))
        await connection.execute(_FORGET, *tree, *map(list, zip(*found.told, strict=True)))
    await connection.execute(_SEEN, *tree, edition)


def _figures(row: asyncpg.Record) -> Figures:
    return row["numerator"], row["denominator"], row["people"], row["as_of"]


def _change(row: asyncpg.Record) -> Change:
    person, number, path, numerator, denominator, unit, now_numerator, now_denominator = row
    return Change(
        person,
        number,
        path,
        None if path is None else (numerator, denominator),
        None if unit is None else (unit, (now_numerator, now_denominator)),
    )


async def tell_closed(session: AsyncSession, period: str, as_of: date) -> None:
    """Published figures in which nothing is outstanding stand as of the period's last day."""
    connection = await raw(session)
    for (indicator,) in await connection.fetch(_TREES, period, as_of):
        tree = (indicator, period)
        seen = await _load(connection, tree)
        units = unchanged(seen.cells, seen.changes)
        await _send(connection, await connection.fetch(_CLOSED, *tree, as_of, units))


async def resend(session: AsyncSession) -> None:
    """Put every value that was published into the outbox again, with the version it has."""
    connection = await raw(session)
    await _send(connection, await connection.fetch(_ALL), least=1)


async def _send(connection: Connection, rows: Sequence[asyncpg.Record], least: int = 0) -> None:
    items = sorted(map(_item, rows), key=lambda item: (item.indicator, item.period, item.unit_code))
    batches = outbox.chunks(items, least=least)
    entries = [
        (IndicatorComputed(items=list(batch)), AGGREGATE, max((item.version for item in batch), default=0))
        for batch in batches
    ]
    if entries:
        await outbox.add_many(connection, entries)


def _item(row: asyncpg.Record) -> IndicatorValue:
    return IndicatorValue(
        indicator=row["indicator"],
        unit_code=row["unit_code"],
        period=row["period"],
        version=row["published_version"],
        numerator=row["published_numerator"],
        denominator=row["published_denominator"],
        as_of=row["published_as_of"],
        suppressed=False,
    )
