"""Totals of plans and activities per unit and period, published to a hub."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from shared import clock, outbox, publishing_totals
from shared.database import raw
from shared.events.planning import PlanFigures, PlanTotal, TotalsComputed
from shared.publishing_totals import Cell
from shared.totals import Share

EVERYONE = "select distinct person_id from plan"

# Of the plans that a person has in a quarter the newest says at which unit the person is counted.
_SHARES = """
with own as (select * from plan where person_id = any($1::uuid[]) and outcome is distinct from 'no-gap'),
facts as (
    select own.*, proposed_at as at, 1 as proposed, 0 as agreed, 0 as closed, 0 as completed, 0 as due, 0 as done,
        0 as hours from own
    union all select own.*, agreed_at, 0, 1, 0, 0, 0, 0, 0 from own where agreed_at is not null
    union all select own.*, closed_at, 0, 0, 1, (outcome = 'completed')::int, 0, 0, 0 from own
        where closed_at is not null
    union all select own.*, a.due_on::timestamp at time zone 'UTC', 0, 0, 0, 0, 1, 0, 0
        from own join activity a using (plan_id) where agreed_at is not null and a.state <> 'cancelled'
    union all select own.*, a.completed_at, 0, 0, 0, 0, 0, 1, coalesce(a.hours_spent, 0)
        from own join activity a using (plan_id) where a.completed_at is not null
)
select to_char(at at time zone 'UTC', 'YYYY"Q"Q') as period, person_id,
    (array_agg(unit_code order by assessed_at desc, plan_id))[1] as unit_code,
    array[sum(proposed), sum(agreed), sum(closed), sum(completed), sum(due), sum(done), sum(hours)] as figures
from facts group by 1, 2
"""


async def count(session: AsyncSession) -> int:
    """Count those whose plans changed, and publish what may move; returns how many of a backlog."""
    return await publishing_totals.count(session, clock.today(), _shares, _send)


async def resend(session: AsyncSession) -> None:
    """Put all published totals into the outbox, with the versions they have."""
    await _send(session, await publishing_totals.sent(session), least=1)


async def _shares(session: AsyncSession, people: list[UUID]) -> list[Share]:
    rows = await (await raw(session)).fetch(_SHARES, people)
    return [
        Share(row["period"], "", UUID(str(row["person_id"])), row["unit_code"], tuple(row["figures"]))
        for row in rows
    ]


async def _send(session: AsyncSession, cells: Sequence[Cell], least: int = 0) -> None:
    parts = outbox.chunks(cells, least=least)
    events = [TotalsComputed(items=list(map(_item, part))) for part in parts]
    told = [
        (event, "plan-totals", max((item.version for item in event.items), default=0)) for event in events
    ]
    await outbox.add_many(session, told)


def _item(cell: Cell) -> PlanTotal:
    return PlanTotal(
        unit_code=cell.unit_code,
        period=cell.period,
        version=cell.version,
        people=cell.people,
        figures=None if cell.figures is None else plan_figures(cell.figures),
        suppressed=cell.people is None,
    )


def plan_figures(figures: Sequence[int]) -> PlanFigures:
    """Figures with their names, in the order of the type's own fields."""
    return PlanFigures(**dict(zip(PlanFigures.__struct_fields__, figures, strict=True)))
