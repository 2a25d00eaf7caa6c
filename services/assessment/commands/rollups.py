"""Roll-ups per unit, period and level, kept by the consumer of our own `completed` event.

The hot path of the batch consumer: differences grouped in memory, keys sorted, one upsert. Kept
here and not in the submit, whose rate it would halve (the country's row is hot).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import asyncpg
from sqlalchemy.ext.asyncio import AsyncSession

from services.assessment.commands.invitations import literal
from services.assessment.rollup_math import Counted, Figures, difference
from shared import clock, periods
from shared.database import raw
from shared.events.assessment import AssessmentCompleted

Connection = asyncpg.Connection
Key = tuple[str, str, str]  # unit, period, level

# One upkeep at a time over all replicas: batches then never wait for each other's rows in turn.
HOLD = "select pg_advisory_xact_lock(hashtextextended('assessment-rollups', 0))"
_COUNTED = """
select c.* from counted c
join unnest($1::uuid[], $2::text[]) as k(person_id, period) using (person_id, period)
"""
_PATHS = "select unit_code, path from unit where unit_code = any($1::text[])"
_COUNT = """
insert into counted (person_id, period, assessment_id, completed_at, unit_code, path, level, scores, targets)
select person_id, period, assessment_id, completed_at, unit_code, string_to_array(path, chr(31)), level,
    scores::smallint[], targets::smallint[]
from unnest($1::uuid[], $2::text[], $3::uuid[], $4::timestamptz[], $5::text[], $6::text[], $7::text[],
    $8::text[], $9::text[])
    as n(person_id, period, assessment_id, completed_at, unit_code, path, level, scores, targets)
on conflict (person_id, period) do update set assessment_id = excluded.assessment_id,
    completed_at = excluded.completed_at, unit_code = excluded.unit_code, path = excluded.path,
    level = excluded.level, scores = excluded.scores, targets = excluded.targets
"""
_UPSERT = """
insert into rollup as r (unit_code, period, level, parent, people, counts, sums, below, histogram)
select unit_code, period, level, parent, people, counts::int[], sums::int[], below::int[], histogram::int[]
from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::int[], $6::text[], $7::text[], $8::text[],
    $9::text[]) as n(unit_code, period, level, parent, people, counts, sums, below, histogram)
on conflict (unit_code, period, level) do update set parent = excluded.parent,
    people = r.people + excluded.people,
    counts = add_arrays(r.counts, excluded.counts), sums = add_arrays(r.sums, excluded.sums),
    below = add_arrays(r.below, excluded.below), histogram = add_arrays(r.histogram, excluded.histogram)
"""
_SNAPSHOT = """
update rollup set published_people = people, published_counts = counts, published_sums = sums,
    published_below = below, published_histogram = histogram
"""
# Five more people are in, or gone to another unit: from the difference nobody can be told apart.
_PUBLISH = f"""{_SNAPSHOT}
from unnest($1::text[], $2::text[], $3::text[]) as k(unit_code, period, level)
where rollup.unit_code = k.unit_code and rollup.period = k.period and rollup.level = k.level
  and abs(rollup.people - rollup.published_people) >= 5
"""
_PUBLISH_CYCLE = f"""{_SNAPSHOT}
from unit u, unit top
where rollup.unit_code = u.unit_code and top.unit_code = $2
  and (top.unit_code = any(u.path) or u.unit_code = any(top.path))
  and rollup.period in (select distinct period from result where cycle_id = $1)
"""
_SETTLED = """
select cycle_id, unit_code from cycle c
where settled_at is not null and published_at is null and not exists (
    select from result r left join counted k on k.person_id = r.person_id and k.period = r.period
    where r.cycle_id = c.cycle_id and (k.completed_at is null or k.completed_at < r.completed_at))
limit 1
"""
_PUBLISHED = "update cycle set published_at = $2 where cycle_id = $1"
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
    """Count each person once per period, with the newest completed assessment, in any order of arrival.

    A later assessment of the same person and period replaces the earlier as a difference, also
    in another unit or level; an earlier one that arrives late changes nothing.
    """
    connection = await raw(session)
    await connection.execute(HOLD)
    newest: dict[tuple[str, str], AssessmentCompleted] = {}
    for fact in facts:
        before = newest.get((fact.person_id, fact.period))
        if before is None or _order(fact) > _order(before):
            newest[fact.person_id, fact.period] = fact
    people = [UUID(person) for person, _ in newest]
    known = {
        (str(row["person_id"]), row["period"]): row
        for row in await connection.fetch(_COUNTED, people, [period for _, period in newest])
    }
    units = list({fact.unit_code for fact in newest.values()})
    paths = {row["unit_code"]: row["path"] for row in await connection.fetch(_PATHS, units)}
    changes = _Changes()
    rows = []
    for key, fact in newest.items():
        old = known.get(key)
        if old is not None:
            if (old["completed_at"], str(old["assessment_id"])) >= _order(fact):
                continue
            person = Counted(old["scores"], old["targets"])
            changes.add(old["path"], fact.period, old["level"], difference(person, None))
        path = paths.get(fact.unit_code, [fact.unit_code])
        person = Counted(fact.scores, fact.targets)
        changes.add(path, fact.period, fact.level, difference(None, person))
        rows.append((
            UUID(fact.person_id), fact.period, UUID(fact.assessment_id), fact.completed_at, fact.unit_code,
            chr(31).join(path), fact.level, literal(fact.scores), literal(fact.targets),
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
        person = Counted(row["scores"], row["targets"])
        changes.add(row["path"], row["period"], row["level"], difference(person, None))
    for row in misplaced:  # after all of the old tree, so that each unit ends under its new parent
        person = Counted(row["scores"], row["targets"])
        changes.add(row["new_path"], row["period"], row["level"], difference(None, person))
    await connection.execute(_REPLACE, list(units), current)
    await _apply(connection, changes)


async def publish_settled(session: AsyncSession) -> int:
    """Move the published snapshots of one settled cycle once everybody in it is counted."""
    connection = await raw(session)
    row = await connection.fetchrow(_SETTLED)
    if row is None:
        return 0
    await connection.execute(HOLD)
    await connection.execute(_PUBLISH_CYCLE, row["cycle_id"], row["unit_code"])
    await connection.execute(_PUBLISHED, row["cycle_id"], clock.now())
    return 1


async def _apply(connection: Connection, changes: _Changes) -> None:
    """Upsert the differences in key order, then move the snapshots that may move."""
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
    await connection.execute(_PUBLISH, units, in_periods, levels)


def _order(fact: AssessmentCompleted) -> tuple[datetime, str]:
    """Which of two assessments is the newer one."""
    return fact.completed_at, fact.assessment_id
