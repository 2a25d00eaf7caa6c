"""Roll-ups per unit, period and level, kept by the consumer of our own `completed` event.

The hot path of the batch consumer: differences grouped in memory, keys sorted, one upsert. Kept
here and not in the submit, whose rate it would halve (the country's row is hot).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import asyncpg
from msgspec.structs import replace
from sqlalchemy.ext.asyncio import AsyncSession

from services.assessment.rollups.commands.counted_elsewhere import counted_elsewhere
from services.assessment.rollups.group_figures import Counted, Figures, difference
from shared import clock, periods
from shared.database.arrays import literal
from shared.database.engine import raw
from shared.events.assessment import AssessmentCompleted

Connection = asyncpg.Connection
Key = tuple[str, str, str]  # unit, period, level

# One upkeep at a time over all replicas: batches then never wait for each other's rows in turn.
HOLD = "select pg_advisory_xact_lock(hashtextextended('assessment-rollups', 0))"

_WHOSE = "select assessment_id, person_id from result where assessment_id = any($1::uuid[])"
_COUNTED = """
select c.* from counted c
join unnest($1::uuid[], $2::text[]) as k(person_id, period) using (person_id, period)
"""
_PATHS = "select unit_code, path from unit where unit_code = any($1::text[])"
_COUNT = """
insert into counted (person_id, period, assessment_id, completed_at, unit_code, path, level, scores, targets,
    unverified)
select person_id, period, assessment_id, completed_at, unit_code, string_to_array(path, chr(31)), level,
    scores::smallint[], targets::smallint[], unverified::boolean[]
from unnest($1::uuid[], $2::text[], $3::uuid[], $4::timestamptz[], $5::text[], $6::text[], $7::text[],
    $8::text[], $9::text[], $10::text[])
    as n(person_id, period, assessment_id, completed_at, unit_code, path, level, scores, targets, unverified)
on conflict (person_id, period) do update set assessment_id = excluded.assessment_id,
    completed_at = excluded.completed_at, unit_code = excluded.unit_code, path = excluded.path,
    level = excluded.level, scores = excluded.scores, targets = excluded.targets, unverified = excluded.unverified
"""
_UPSERT = """
insert into rollup as r (unit_code, period, level, parent, people, counts, sums, below, histogram, unverified)
select unit_code, period, level, parent, people, counts::int[], sums::int[], below::int[], histogram::int[],
    unverified::int[]
from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::int[], $6::text[], $7::text[], $8::text[],
    $9::text[], $10::text[])
    as n(unit_code, period, level, parent, people, counts, sums, below, histogram, unverified)
on conflict (unit_code, period, level) do update set parent = excluded.parent,
    people = r.people + excluded.people,
    counts = add_arrays(r.counts, excluded.counts), sums = add_arrays(r.sums, excluded.sums),
    below = add_arrays(r.below, excluded.below), histogram = add_arrays(r.histogram, excluded.histogram),
    unverified = add_arrays(r.unverified, excluded.unverified)
"""
# A person who counts already in a closed period says how its tree stood.
_CLOSED_PATHS = """
select distinct on (unit_code, period) unit_code, period, path from counted
join unnest($1::text[], $2::text[]) as k(unit_code, period) using (unit_code, period)
"""
# Of people the newest result of each period that measured something; as `rebuild` does it for everybody.
_OF_RESULTS = """
select n.person_id, n.period, n.assessment_id, n.completed_at, n.unit_code,
    coalesce(
        case when n.period < $2 then (
            select k.path from counted k where k.unit_code = n.unit_code and k.period = n.period limit 1) end,
        u.path, array[n.unit_code]) as path,
    n.level, n.scores, n.targets, n.unverified
from (
    select distinct on (person_id, period) * from result
    where person_id = any($1::uuid[]) and exists (select from unnest(scores) s where s > 0)
        and not exists (
            select from carried_result b where (b.person_id, b.period) = (result.person_id, result.period))
    order by person_id, period, completed_at desc, assessment_id desc
) n
left join unit u on u.unit_code = n.unit_code
"""
_MISPLACED = """
select c.*, u.path as new_path from counted c join unit u using (unit_code)
where c.unit_code = any($1::text[]) and c.period >= $2 and c.path <> u.path
"""
_REPLACE = """
update counted c set path = u.path from unit u
where u.unit_code = c.unit_code and c.unit_code = any($1::text[]) and c.period >= $2 and c.path <> u.path
"""


@dataclass(slots=True)
class _Changes:
    """Differences to roll-ups, and the parent of each unit in the tree they are made in."""

    figures: dict[Key, Figures] = field(default_factory=dict)
    parents: dict[tuple[str, str], str | None] = field(default_factory=dict)

    def add(self, path: Sequence[str], period: str, level: str, change: Figures) -> None:
        """Add a difference to a unit (the last of `path`) and each of its ancestors."""
        for parent, unit in zip((None, *path), path, strict=False):
            self.parents[unit, period] = parent
            self.figures.setdefault((unit, period, level), Figures.empty()).merge(change)


async def count(session: AsyncSession, facts: Sequence[AssessmentCompleted]) -> None:
    """Count each person once per period, with the newest assessment that measured, in any order of arrival.

    A later assessment of the same person and period replaces the earlier as a difference, also
    in another unit or level; an earlier one that arrives late changes nothing.
    """
    connection = await raw(session)
    await connection.execute(HOLD)
    facts = await _of_today(connection, facts)
    newest: dict[tuple[str, str], AssessmentCompleted] = {}
    for fact in facts:
        if not fact.measured:
            continue
        before = newest.get((fact.person_id, fact.period))
        if before is None or _order(fact) > _order(before):
            newest[fact.person_id, fact.period] = fact
    for key in await counted_elsewhere(connection, newest):
        del newest[key]
    people = [UUID(person) for person, _ in newest]
    known = {
        (str(row["person_id"]), row["period"]): row
        for row in await connection.fetch(_COUNTED, people, [period for _, period in newest])
    }
    paths = await _paths(connection, newest.values())
    changes = _Changes()
    rows = []
    for key, fact in newest.items():
        old = known.get(key)
        if old is not None:
            if (old["completed_at"], str(old["assessment_id"])) >= _order(fact):
                continue
            person = _as_counted(old)
            changes.add(old["path"], fact.period, old["level"], difference(person, None))
        path = paths[fact.unit_code, fact.period]
        person = Counted(fact.scores, fact.targets, fact.unverified)
        changes.add(path, fact.period, fact.level, difference(None, person))
        rows.append((
            UUID(fact.person_id), fact.period, UUID(fact.assessment_id), fact.completed_at, fact.unit_code,
            chr(31).join(path), fact.level, literal(fact.scores), literal(fact.targets),
            literal(fact.unverified),
        ))  # fmt: skip
    if rows:
        await connection.execute(_COUNT, *(list(column) for column in zip(*rows, strict=True)))
        await _apply(connection, changes)


async def move(session: AsyncSession, units: Sequence[str]) -> None:
    """After units took new paths: open periods are counted in the new tree, closed ones keep theirs."""
    if not units:
        return
    connection = await raw(session)
    await connection.execute(HOLD)
    current = periods.of(clock.today())
    changes = _Changes()
    misplaced = await connection.fetch(_MISPLACED, list(units), current)
    for row in misplaced:
        person = _as_counted(row)
        changes.add(row["path"], row["period"], row["level"], difference(person, None))
    for row in misplaced:  # after all of the old tree, so that each unit ends under its new parent
        person = _as_counted(row)
        changes.add(row["new_path"], row["period"], row["level"], difference(None, person))
    await connection.execute(_REPLACE, list(units), current)
    await _apply(connection, changes)


async def count_again(session: AsyncSession, people: Sequence[UUID]) -> None:
    """Count these people from their results, whoever was counted with those before; in closed periods too."""
    connection = await raw(session)
    await connection.execute(HOLD)
    wanted = await connection.fetch(_OF_RESULTS, list(people), periods.of(clock.today()))
    before = await connection.fetch("select * from counted where person_id = any($1::uuid[])", list(people))
    changes = _Changes()
    for row in before:
        changes.add(row["path"], row["period"], row["level"], difference(_as_counted(row), None))
    for row in wanted:
        changes.add(row["path"], row["period"], row["level"], difference(None, _as_counted(row)))
    await connection.execute("delete from counted where person_id = any($1::uuid[])", list(people))
    if rows := [_counted_row(row) for row in wanted]:
        await connection.execute(_COUNT, *(list(column) for column in zip(*rows, strict=True)))
    await _apply(connection, changes)


def _counted_row(row: asyncpg.Record) -> tuple[object, ...]:
    return (
        row["person_id"], row["period"], row["assessment_id"], row["completed_at"], row["unit_code"],
        chr(31).join(row["path"]), row["level"], literal(row["scores"]), literal(row["targets"]),
        literal(row["unverified"]),
    )  # fmt: skip


async def _of_today(
    connection: Connection, facts: Sequence[AssessmentCompleted]
) -> list[AssessmentCompleted]:
    """Facts as of whom they are now: a person may have been merged, or parted, since they were published."""
    ids = [UUID(fact.assessment_id) for fact in facts]
    whose = {str(row[0]): str(row[1]) for row in await connection.fetch(_WHOSE, ids)}
    return [
        replace(fact, person_id=person)
        if (person := whose.get(fact.assessment_id, fact.person_id)) != fact.person_id
        else fact
        for fact in facts
    ]


async def _paths(
    connection: Connection, facts: Collection[AssessmentCompleted]
) -> dict[tuple[str, str], list[str]]:
    """The path of each unit and period: as the tree stands now, in a closed period as it stood."""
    keys = sorted({(fact.unit_code, fact.period) for fact in facts})
    now = {
        row["unit_code"]: row["path"] for row in await connection.fetch(_PATHS, [unit for unit, _ in keys])
    }
    found = {(unit, period): now.get(unit, [unit]) for unit, period in keys}
    current = periods.of(clock.today())
    closed = [key for key in keys if key[1] < current]
    if closed:
        rows = await connection.fetch(_CLOSED_PATHS, *(list(column) for column in zip(*closed, strict=True)))
        found.update({(row["unit_code"], row["period"]): row["path"] for row in rows})
    return found


async def _apply(connection: Connection, changes: _Changes) -> None:
    """Upsert the differences in key order."""
    keys = sorted(changes.figures)
    if not keys:
        return
    units, in_periods, levels = (list(column) for column in zip(*keys, strict=True))
    figures = [changes.figures[key] for key in keys]
    arrays = zip(*([literal(array) for array in item.arrays()] for item in figures), strict=True)
    await connection.execute(
        _UPSERT, units, in_periods, levels, [changes.parents[unit, period] for unit, period, _ in keys],
        [item.people for item in figures], *(list(column) for column in arrays),
    )  # fmt: skip


def _as_counted(row: asyncpg.Record) -> Counted:
    return Counted(row["scores"], row["targets"], row["unverified"])


def _order(fact: AssessmentCompleted) -> tuple[datetime, str]:
    """Which of two assessments is the newer one."""
    return fact.completed_at, fact.assessment_id
