"""Totals of plans per unit and quarter, published to a hub: from releases and nothing else.

Of each figure of a unit the newest release counts that shows it: a later one may withhold it, since too few
people changed, and what was released stays so. It was judged with that in mind. One item of the event has all
figures of a unit and quarter. Of a unit of which no release showed anything nothing is said.
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.plan_totals.commands.plan_facts import (
    CLOSED_OTHERWISE,
    COMPLETED,
    FIGURES_BY_CUBE,
    OF_PLANS,
    PEOPLE,
    PROPOSED,
)
from services.planning.tables.plan_totals import plan_total
from shared.database.arrays import literal
from shared.database.engine import raw
from shared.disclosure.document import Release
from shared.events.planning import PlanTotal, ToldFigures, TotalsComputed
from shared.messaging import outbox
from shared.messaging.tracing import telling

FIGURES = (PEOPLE, *OF_PLANS)
# All cubes count the same people, and each is judged by itself. Published are those of one: what the others
# withhold or show of the same people is nothing to be compared with it.
_PEOPLE_OF = next(cube for cube, figures in FIGURES_BY_CUBE.items() if PROPOSED in figures)
CLOSED = "closed"

_WRITE = """
insert into plan_total as p (period, unit_code, version, releases, figures)
select $1, unit_code, version, releases::int[], figures::bigint[]
from unnest($2::text[], $3::bigint[], $4::text[], $5::text[]) as n(unit_code, version, releases, figures)
on conflict (period, unit_code) do update set version = excluded.version, releases = excluded.releases,
    figures = excluded.figures
"""


class Published(NamedTuple):
    """A row of `plan_total`, figures in the order of `FIGURES`, of releases with these numbers."""

    unit_code: str
    version: int
    releases: tuple[int, ...]
    figures: tuple[int, ...]

    def item(self, period: str) -> PlanTotal:
        """As a hub is told it; plans closed are the sum of two figures, and published where both are."""
        known = {
            name: figure
            for name, number, figure in zip(FIGURES, self.releases, self.figures, strict=True)
            if number
        }
        if {COMPLETED, CLOSED_OTHERWISE} <= known.keys():
            known[CLOSED] = known[COMPLETED] + known[CLOSED_OTHERWISE]
        published = ToldFigures(**{name: known.get(name) for name in ToldFigures.__struct_fields__})
        return PlanTotal(
            unit_code=self.unit_code,
            period=period,
            version=self.version,
            people=known.get(PEOPLE),
            figures=None,
            suppressed=PEOPLE not in known and published == ToldFigures(),
            told=published,
        )


def withheld(unit_code: str, version: int) -> Published:
    """A unit of which no release shows anything."""
    return Published(unit_code, version, (0,) * len(FIGURES), (0,) * len(FIGURES))


async def publish(session: AsyncSession, releases: Sequence[Release]) -> None:
    """Show what releases of one period show, and send on what is another figure than before."""
    if releases:
        period = releases[0].period
        await _show(session, period, releases, await _published(session, period))


async def begin(session: AsyncSession, releases: Sequence[Release], versions: Mapping[str, int]) -> None:
    """Show first releases of a period, which stand for what an older version had published; the rest goes.

    `versions` are those of the items that it had sent, by unit: later ones have higher versions.
    """
    period = releases[0].period
    before = {unit: withheld(unit, version) for unit, version in versions.items()}
    await _write(session, period, list(before.values()))
    await _show(session, period, releases, before)


async def resend(session: AsyncSession) -> None:
    """Put all published totals into the outbox, with the versions they have."""
    columns = sa.select(plan_total.c.period, *(plan_total.c[name] for name in Published._fields))
    rows = await session.execute(columns.order_by(plan_total.c.period, plan_total.c.unit_code))
    await _send(session, [_read(*row).item(period) for period, *row in rows], least=1)


async def _show(
    session: AsyncSession, period: str, releases: Sequence[Release], before: Mapping[str, Published]
) -> None:
    since = time.time_ns()
    # In a thread: it takes long for 30,000 units, and others are served meanwhile.
    fresh = await asyncio.to_thread(_over, before, period, releases)
    with telling("totals", since):
        await _write(session, period, fresh)
        changed = [one for one in fresh if one.version != _version(before, one.unit_code)]
        await _send(session, [one.item(period) for one in changed])


async def _published(session: AsyncSession, period: str) -> dict[str, Published]:
    columns = [plan_total.c[name] for name in Published._fields]
    rows = await session.execute(sa.select(*columns).where(plan_total.c.period == period))
    return {row.unit_code: _read(*row) for row in rows}


def _read(unit_code: str, version: int, releases: Iterable[int], figures: Iterable[int]) -> Published:
    return Published(unit_code, version, tuple(releases), tuple(figures))


def shown(releases: Iterable[Release]) -> dict[str, dict[str, tuple[int, int]]]:
    """By unit and figure, what releases of a period show of it, with the number of the release."""
    found: defaultdict[str, dict[str, tuple[int, int]]] = defaultdict(dict)
    for release in releases:
        for cell in release.cells:
            if cell.people is None or cell.total is None:
                continue
            if cell.measure != PEOPLE:
                found[cell.unit][cell.measure] = release.number, cell.total
            elif release.cube == _PEOPLE_OF:
                found[cell.unit][PEOPLE] = release.number, cell.people
    return found


def _over(before: Mapping[str, Published], period: str, releases: Iterable[Release]) -> list[Published]:
    """What is published from now on of the units that releases show something of."""
    found = []
    for unit, figures in shown(releases).items():
        old = before.get(unit, withheld(unit, 0))
        known = dict(zip(FIGURES, zip(old.releases, old.figures, strict=True), strict=True)) | figures
        numbers, amounts = zip(*known.values(), strict=True)
        new = old._replace(releases=numbers, figures=amounts)
        same = new.item(period) == old.item(period)
        found.append(new if same else new._replace(version=old.version + 1))
    return found


def _version(before: Mapping[str, Published], unit: str) -> int:
    return before[unit].version if unit in before else 0


async def _write(session: AsyncSession, period: str, rows: Sequence[Published]) -> None:
    connection = await raw(session)
    for piece in outbox.chunks(rows):
        units, versions, releases, figures = zip(*piece, strict=True)
        arrays = [literal(one) for one in releases], [literal(one) for one in figures]
        await connection.execute(_WRITE, period, list(units), list(versions), *arrays)


async def _send(session: AsyncSession, totals: Sequence[PlanTotal], least: int = 0) -> None:
    known = [item for item in totals if not item.suppressed]
    events = [TotalsComputed(items=list(part)) for part in outbox.chunks(known, least=least)]
    entries = [
        (event, "plan-totals", max((item.version for item in event.items), default=0)) for event in events
    ]
    await outbox.add_many(session, entries)
