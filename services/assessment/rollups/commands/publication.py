"""Publishing roll-ups: what everybody sees who may not read individuals, from releases and nothing else.

Of each figure of a cell the newest release counts that shows it: a later one may withhold it, since too few
people changed, and what was released stays so. It was judged with that in mind.
"""

import asyncio
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy.ext.asyncio import AsyncSession

from services.assessment.rollups.commands import rollup_events
from services.assessment.rollups.group_figures import BINS, FIGURES
from services.assessment.tables.rollup_releases import BELOW, CUBE, PEOPLE
from shared import clock
from shared.database.arrays import literal
from shared.database.engine import raw
from shared.disclosure.document import Release
from shared.events.framework import COMPETENCIES
from shared.messaging import outbox
from shared.messaging.tracing import telling

# Written together, a multiple of what one event holds. 30,000 that arrived at once kept all others from
# being served for 30 ms.
ROWS = 2 * outbox.MAX_ITEMS

Key = tuple[str, str]  # unit and level

_PUBLISHED = f"select {rollup_events.COLUMNS} from published_rollup where period = $1"
# Bins are not released; the column stays until no older version reads it.
_WRITE = f"""
insert into published_rollup as p
    (unit_code, period, level, version, moved, people, counts, sums, below, histogram)
select unit_code, $1, level, version, moved::int[], people, counts::int[], sums::int[], below::int[],
    array_fill(0, array[{len(COMPETENCIES) * BINS}])
from unnest($2::text[], $3::text[], $4::bigint[], $5::text[], $6::int[], $7::text[], $8::text[], $9::text[])
    as n(unit_code, level, version, moved, people, counts, sums, below)
on conflict (unit_code, period, level) do update set version = excluded.version, moved = excluded.moved,
    people = excluded.people, counts = excluded.counts, sums = excluded.sums, below = excluded.below,
    histogram = excluded.histogram
"""
_PUBLISHED_CYCLES = f"""
update cycle c set published_at = $1
where settled_at is not null and published_at is null and not exists (
    select from result r left join counted k on k.person_id = r.person_id and k.period = r.period
    left join release_share s on s.cube = '{CUBE}'
        and (s.person_id, s.period, s.source) = (k.person_id, k.period, k.assessment_id::text)
    where r.cycle_id = c.cycle_id
        and (k.completed_at is null or k.completed_at < r.completed_at or s.share is null))
"""


class Published(NamedTuple):
    """A row of `published_rollup`: figures have people first and then competencies, in `moved` their releases."""

    unit_code: str
    level: str
    version: int
    moved: Sequence[int]
    people: int
    counts: Sequence[int]
    sums: Sequence[int]
    below: Sequence[int | None]

    @property
    def figures(self) -> tuple[object, ...]:
        """What others see."""
        return self.people, *map(tuple, (self.counts, self.sums, self.below))

    def item(self, period: str) -> dict[str, Any]:
        """As `rollup_events` takes it."""
        return {**self._asdict(), "period": period}


async def publish(session: AsyncSession, release: Release) -> None:
    """Show what a release shows, and send it on where it is another figure than before."""
    since, before = time.time_ns(), await _published(session, release.period)
    # In a thread, as whatever takes long for 30,000 cells: others are served meanwhile.
    fresh = await asyncio.to_thread(lambda: [_over(before, one) for one in shown(release)])
    with telling("rollups", since):
        await _write(session, release.period, fresh, before)


async def begin(session: AsyncSession, release: Release) -> None:
    """Show a first release that stands for what an older version had published, and nothing else of that."""
    before = await _published(session, release.period)
    blank = {key: row._replace(moved=[0] * FIGURES) for key, row in before.items()}
    fresh = {(one.unit_code, one.level): _over(blank, one) for one in shown(release)}
    await _write(session, release.period, list((blank | fresh).values()), before)


async def _published(session: AsyncSession, period: str) -> dict[Key, Published]:
    rows = await (await raw(session)).fetch(_PUBLISHED, period)
    names = Published._fields
    return {(row["unit_code"], row["level"]): Published(*(row[name] for name in names)) for row in rows}


async def _write(
    session: AsyncSession, period: str, rows: Sequence[Published], before: Mapping[Key, Published]
) -> None:
    connection = await raw(session)
    for start in range(0, len(rows), ROWS):
        piece = rows[start : start + ROWS]
        await connection.execute(_WRITE, period, *_columns(piece))
        changed = [one for one in piece if one.version != _version(before, one)]
        await rollup_events.send(session, [one.item(period) for one in changed])


async def publish_cycles(session: AsyncSession) -> int:
    """Say of settled cycles that their figures are published: everybody counts in a release."""
    status: Any = await (await raw(session)).execute(_PUBLISHED_CYCLES, clock.now())
    return int(status.rsplit(" ", 1)[1])


def shown(release: Release) -> Iterator[Published]:
    """The rows that a release shows something of; a figure that it withholds has the release 0."""
    found: dict[Key, dict[str, tuple[int, int]]] = {}
    for cell in release.cells:
        if cell.people is not None and cell.total is not None:
            found.setdefault((cell.unit, cell.level), {})[cell.measure] = cell.people, cell.total
    nobody = (0, 0)
    for (unit, level), figures in found.items():
        scores = [figures.get(code, nobody) for code in COMPETENCIES]
        below = [figures[BELOW + code][1] if BELOW + code in figures else None for code in COMPETENCIES]
        moved = [release.number if name in figures else 0 for name in (PEOPLE, *COMPETENCIES)]
        counts, sums = [count for count, _ in scores], [total for _, total in scores]
        yield Published(unit, level, 1, moved, figures.get(PEOPLE, nobody)[0], counts, sums, below)


def _over(before: Mapping[Key, Published], fresh: Published) -> Published:
    """What is published of a cell from now on; its version rises where a figure is another one."""
    old = before.get((fresh.unit_code, fresh.level))
    if old is None:
        return fresh
    takes = [fresh if fresh.moved[figure] else old for figure in range(FIGURES)]
    merged = fresh._replace(
        version=old.version,
        moved=[one.moved[figure] for figure, one in enumerate(takes)],
        people=takes[0].people,
        counts=[one.counts[place] for place, one in enumerate(takes[1:])],
        sums=[one.sums[place] for place, one in enumerate(takes[1:])],
        below=[one.below[place] for place, one in enumerate(takes[1:])],
    )
    same = merged.figures == old.figures and list(map(bool, merged.moved)) == list(map(bool, old.moved))
    return merged if same else merged._replace(version=old.version + 1)


def _version(before: Mapping[Key, Published], one: Published) -> int:
    old = before.get((one.unit_code, one.level))
    return old.version if old else 0


def _columns(rows: Sequence[Published]) -> Iterator[list[object]]:
    plain = {"unit_code", "level", "version", "people"}
    for name in Published._fields:
        values = [getattr(row, name) for row in rows]
        yield values if name in plain else [literal(value) for value in values]
