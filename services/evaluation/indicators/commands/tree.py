"""Units and people as registry says: the tree moves, and with it what the open period adds up."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.evaluation.facts.paths import Paths, parent
from services.evaluation.facts.queries import load_earlier, load_paths
from services.evaluation.indicators.commands.contributions import (
    TREE_LOCK,
    add_differences,
    measure,
    share_tree,
)
from services.evaluation.indicators.differences import Differences
from shared import clock, periods
from shared.database.engine import Connection, raw
from shared.directory.projection import apply_people, apply_units
from shared.events.registry import PeopleChanged, UnitsChanged
from shared.messaging.subscriptions import Received

_HOLD_TREE = "select pg_advisory_xact_lock($1)"
# Whole paths only: one that does not begin at a known root is news on its way, not a tree.
_BEFORE = """
select u.unit_code, u.path, coalesce(root.version > 0 and root.parent is null, false) as whole
from unit u left join unit root on root.unit_code = u.path[1]
where u.path && $1::text[]
"""
_KEEP = """
insert into earlier_path (unit_code, through, path) values ($1, $2, $3) on conflict do nothing
"""
_OWN = """
select unit_code, indicator, period, sum(numerator)::bigint as numerator,
    sum(denominator)::bigint as denominator, count(*)::int as people
from contribution where unit_code = any($1::text[]) group by unit_code, indicator, period
"""
_PARENT = """
update indicator_value set parent_code = $3, version = version + 1
where unit_code = $1 and period > $2 and parent_code <> $3
"""


async def hold_tree(session: AsyncSession) -> None:
    """Wait until nobody adds to cells, and keep everybody from it until the transaction ends."""
    await (await raw(session)).execute(_HOLD_TREE, TREE_LOCK)


async def take_units(session: AsyncSession, events: Sequence[Received[UnitsChanged]]) -> None:
    """Take over units; where paths changed, the periods that follow today's tree move along.

    Closed periods keep the tree of their last day: a whole path that was in force when the
    current period began is kept for them, the first change in a period being the one that counts.
    """
    connection = await raw(session)
    await hold_tree(session)
    codes = sorted({item.unit_code for event in events for item in event.data.items})
    before = {row["unit_code"]: row for row in await connection.fetch(_BEFORE, codes)}
    _, moved = await apply_units(session, events)
    if not moved:
        return
    today = clock.today()
    through = periods.previous(periods.of(today))
    old = {code: tuple(before[code]["path"]) if code in before else (code,) for code in sorted(moved)}
    kept = [(code, through, path) for code, path in old.items() if code in before and before[code]["whole"]]
    await connection.executemany(_KEEP, kept)
    await _move(connection, old, today)


async def _move(connection: Connection, old: dict[str, tuple[str, ...]], today: date) -> None:
    """Take what belongs to moved units off their old ancestors and add it to the new ones."""
    new = await load_paths(connection, old)
    gone = Paths(old, await load_earlier(connection, old.values()))
    differences = Differences()
    for row in await connection.fetch(_OWN, list(old)):
        unit, indicator, period = row["unit_code"], row["indicator"], row["period"]
        left, reached = gone.at(unit, period), new.at(unit, period)
        if left != reached:
            figures = (row["numerator"], row["denominator"], row["people"])
            differences.move((indicator, period), left, reached, figures)
    await add_differences(connection, differences, today)
    latest = new.latest_frozen()
    rows = [(code, latest.get(code, ""), parent(new.at(code, periods.of(today)))) for code in sorted(old)]
    await connection.executemany(_PARENT, rows)


async def take_people(session: AsyncSession, events: Sequence[Received[PeopleChanged]]) -> None:
    """Take over people and posts; their coverage follows, in closed periods too (backdated posts)."""
    await share_tree(session)
    changed: list[UUID] = await apply_people(session, events)
    await measure(session, changed)
