"""Totals of plans and activities per unit and period, published to a hub.

Each figure has a population of its own: the people who have something in it. Example: nine people have plans, and
one of them spent hours. A total of hours published beside the nine would be that one person's. So the people and
each figure are a slice of their own, which `shared.editions` publishes. One item of the event has all published
slices of a unit and period.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.tables.plans import plan
from shared import clock, publishing_totals
from shared.database.engine import raw
from shared.events.planning import PlanTotal, ToldFigures, TotalsComputed
from shared.messaging import outbox
from shared.publishing_totals import Cell
from shared.suppression import small
from shared.totals import Share

PEOPLE = ""  # the slice of everybody with plans in the period; the others are named as the figures are
FIGURES = ToldFigures.__struct_fields__

EVERYONE = sa.select(plan.c.person_id).distinct()

# A person with several plans in a quarter is counted at the unit of the newest.
_SHARES = """
with own as (select * from plan where person_id = any($1::uuid[]) and outcome is distinct from 'no-gap'),
facts as (
    select own.*, proposed_at as at, 1 as proposed, 0 as agreed, 0 as closed, 0 as completed, 0 as due, 0 as done,
        0 as hours from own
    union all select own.*, agreed_at, 0, 1, 0, 0, 0, 0, 0 from own where agreed_at is not null
    union all select own.*, closed_at, 0, 0, 1, (outcome = 'completed')::int, 0, 0, 0 from own
        where closed_at is not null
    union all select own.*, a.due_on::timestamp at time zone $2, 0, 0, 0, 0, 1, 0, 0
        from own join activity a using (plan_id) where agreed_at is not null and a.state <> 'cancelled'
    union all select own.*, a.completed_at, 0, 0, 0, 0, 0, 1, coalesce(a.hours_spent, 0)
        from own join activity a using (plan_id) where a.completed_at is not null
)
select to_char(at at time zone $2, 'YYYY"Q"Q') as period, person_id,
    (array_agg(unit_code order by assessed_at desc, plan_id))[1] as unit_code,
    array[sum(proposed), sum(agreed), sum(closed), sum(completed), sum(due), sum(done), sum(hours)] as figures
from facts group by 1, 2
"""
_STANDING = """
select period, slice, unit_code, version, people, figures, as_of
from total_cell c join unnest($1::text[], $2::text[]) as n(period, unit_code) using (period, unit_code)
where slice = any($3::text[]) and version > 0 order by period, unit_code, slice
"""

_Key = tuple[str, str]  # period and unit


async def count(session: AsyncSession) -> int:
    """Count those whose plans changed, and publish what may move; returns how many of a backlog."""
    moved: set[_Key] = set()

    async def gather(_: AsyncSession, cells: Sequence[Cell]) -> None:
        moved.update((cell.period, cell.unit_code) for cell in cells if _shows(cell))

    waiting = await publishing_totals.count(session, clock.today(), _shares, gather)
    if moved:  # once for all slices of an edition: the link may be paid by volume
        keys = [list(column) for column in zip(*sorted(moved), strict=True)]
        rows = await (await raw(session)).fetch(_STANDING, *keys, [PEOPLE, *FIGURES])
        await _send(session, items(Cell(**row) for row in rows))
    return waiting


async def resend(session: AsyncSession) -> None:
    """Put all published totals into the outbox, with the versions they have."""
    totals = items(await publishing_totals.sent(session))
    await _send(session, [one for one in totals if not one.suppressed], least=1)


async def _shares(session: AsyncSession, people: list[UUID]) -> list[Share]:
    rows = await (await raw(session)).fetch(_SHARES, people, clock.zone())
    return [
        Share(row["period"], slice_, UUID(str(row["person_id"])), row["unit_code"], (int(figure),))
        for row in rows
        for slice_, figure in _slices(row["figures"])
    ]


def _slices(figures: Sequence[int]) -> Iterator[tuple[str, int]]:
    """The slices in which a person counts: people with plans, and each figure above 0."""
    yield PEOPLE, 1
    yield from ((name, figure) for name, figure in zip(FIGURES, figures, strict=True) if figure)


def _shows(cell: Cell) -> bool:
    """Whether the cell changes its item: a figure that is not published looks like one that nobody has."""
    return cell.slice == PEOPLE or cell.people is not None


def items(cells: Iterable[Cell]) -> list[PlanTotal]:
    """One item for each unit and period, from all of its published cells."""
    found: defaultdict[_Key, list[Cell]] = defaultdict(list)
    for cell in cells:
        found[cell.period, cell.unit_code].append(cell)
    return [_item(*key, own) for key, own in found.items()]


def _item(period: str, unit_code: str, cells: Sequence[Cell]) -> PlanTotal:
    """The version is a sum of versions: it rises with each, and equal ones mean equal cells."""
    published = {cell.slice: cell for cell in cells if cell.people is not None}
    people = published.pop(PEOPLE, None)
    return PlanTotal(
        unit_code=unit_code,
        period=period,
        version=sum(cell.version for cell in cells if _shows(cell)),
        people=people.people if people else None,
        figures=None,
        suppressed=not people and not published,
        told=_figures({name: cell.figures[0] or 0 for name, cell in published.items() if cell.figures}),
    )


def _figures(published: dict[str, int]) -> ToldFigures:
    if small(published.get("closed", 0) - published.get("completed", 0)):
        published = {name: figure for name, figure in published.items() if name != "completed"}
    return ToldFigures(**published)


async def _send(session: AsyncSession, totals: Sequence[PlanTotal], least: int = 0) -> None:
    events = [TotalsComputed(items=list(part)) for part in outbox.chunks(totals, least=least)]
    entries = [
        (event, "plan-totals", max((item.version for item in event.items), default=0)) for event in events
    ]
    await outbox.add_many(session, entries)
