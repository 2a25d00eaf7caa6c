"""People's shares and the cells they add up to, kept up to date in the transaction of what changed.

A hot path in plain SQL: a batch loads the facts of all its people with one statement a table,
compares the derived shares with the stored ones in memory, and writes each changed cell once, for
the unit and all its ancestors. Locks are taken in one order everywhere: tree, people, cells.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.evaluation.facts.person_facts import Person
from services.evaluation.facts.queries import load_contributions, load_paths, load_people
from services.evaluation.facts.shares import Key, Share, Shares, as_of
from services.evaluation.indicators.computed import changes_on, shares
from services.evaluation.indicators.differences import Differences
from shared import clock, periods
from shared.database.engine import Connection, raw

# One number for the tree of this service's units: shared by those who add to cells, held alone by
# those who move units, so that no share is added along a path that is being replaced.
TREE_LOCK = 7_203_114_001
AS_OF_PERIOD_END = frozenset({"OP-01", "OP-05"})  # told as of the period's last day; others ripen

_SHARE_TREE = "select pg_advisory_xact_lock_shared($1)"
_KNOWN = """
insert into measured_person (person_id, changes_on) select unnest($1::uuid[]), $2
on conflict do nothing
"""
_LOCK = "select 1 from measured_person where person_id = any($1::uuid[]) order by person_id for update"
_SINCE = "select min(period) from period"
_CHANGES_ON = """
update measured_person set changes_on = new.changes_on
from unnest($1::uuid[], $2::date[]) as new(person_id, changes_on)
where measured_person.person_id = new.person_id and measured_person.changes_on <> new.changes_on
"""
_REMOVE = """
delete from contribution
using unnest($1::uuid[], $2::text[], $3::text[]) as gone(person_id, period, indicator)
where contribution.person_id = gone.person_id and contribution.period = gone.period
    and contribution.indicator = gone.indicator
"""
_STORE = """
insert into contribution (person_id, period, indicator, unit_code, numerator, denominator, source)
select * from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::bigint[], $7::text[])
on conflict (person_id, period, indicator) do update set unit_code = excluded.unit_code,
    numerator = excluded.numerator, denominator = excluded.denominator, source = excluded.source
"""
_ADD = """
insert into indicator_value as v (indicator, period, unit_code, parent_code, numerator, denominator,
    people, as_of, version)
select indicator, period, unit_code, parent_code, numerator, denominator, people, as_of, 1
from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::bigint[], $7::int[], $8::date[])
    as n(indicator, period, unit_code, parent_code, numerator, denominator, people, as_of)
on conflict (indicator, period, unit_code) do update set parent_code = excluded.parent_code,
    numerator = v.numerator + excluded.numerator,
    denominator = v.denominator + excluded.denominator,
    people = v.people + excluded.people,
    as_of = greatest(v.as_of, excluded.as_of), version = v.version + 1
"""

Changed = tuple[UUID, Key, Share | None, Share | None]  # person, (indicator, period), before, after


async def share_tree(session: AsyncSession) -> None:
    """Keep the tree as it is until the transaction ends; comes before any other lock."""
    await (await raw(session)).execute(_SHARE_TREE, TREE_LOCK)


async def measure(session: AsyncSession, people: Iterable[UUID]) -> None:
    """Derive the shares of these people again and apply what changed to every cell above them."""
    identifiers = sorted(set(people))
    if not identifiers:
        return
    connection = await raw(session)
    today = clock.today()
    await share_tree(session)
    await connection.execute(_KNOWN, identifiers, today)
    await connection.execute(_LOCK, identifiers)
    since = await connection.fetchval(_SINCE) or periods.of(today)
    facts = await load_people(connection, identifiers)
    changed = _compare(facts, await load_contributions(connection, identifiers), today, since)
    units = {share.unit_code for *_, before, after in changed for share in (before, after) if share}
    paths = await load_paths(connection, units)
    figures = [one for one in changed if one[2] != one[3]]  # of others the source alone is another one
    await _store_shares(connection, changed)
    await connection.execute(
        _CHANGES_ON, identifiers, [changes_on(facts[person], today) for person in identifiers]
    )
    differences = Differences()
    for _, key, before, after in figures:
        differences.replace(key, before, after, paths)
    await add_differences(connection, differences, today)


def _compare(
    facts: dict[UUID, Person], stored: dict[UUID, Shares], today: date, since: str
) -> Sequence[Changed]:
    """Shares that are not as they are stored."""
    changed: list[Changed] = []
    for identifier, person in facts.items():
        before = stored.get(identifier, {})
        after = shares(person, today, since)
        changed.extend(
            (identifier, key, before.get(key), after.get(key))
            for key in sorted(before.keys() | after.keys())
            if not _stored(before.get(key), after.get(key))
        )
    return changed


def _stored(before: Share | None, after: Share | None) -> bool:
    return before is not None and before.stored_as(after)


async def _store_shares(connection: Connection, changed: Sequence[Changed]) -> None:
    gone = [(person, period, indicator) for person, (indicator, period), _, after in changed if after is None]
    kept = [
        (person, period, indicator, after.unit_code, *after.figures, after.source)
        for person, (indicator, period), _, after in changed
        if after is not None
    ]
    if gone:
        await connection.execute(_REMOVE, *(list(column) for column in zip(*gone, strict=True)))
    if kept:
        await connection.execute(_STORE, *(list(column) for column in zip(*kept, strict=True)))


async def add_differences(connection: Connection, differences: Differences, today: date) -> None:
    """Add differences to their cells, in key order, each cell written once."""
    rows = [
        (
            *cell, change.parent_code, change.numerator, change.denominator, change.people,
            as_of(cell[1], today) if cell[0] in AS_OF_PERIOD_END else today,
        )
        for cell, change in differences.sorted()
    ]  # fmt: skip
    if rows:
        await connection.execute(_ADD, *(list(column) for column in zip(*rows, strict=True)))
