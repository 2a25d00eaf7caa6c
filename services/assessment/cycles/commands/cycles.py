"""Cycles: drafted, changed, opened with their assessments, closed, settled."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.assessment.cycles.commands import invitations, overlaps
from services.assessment.frameworks.commands import instruments
from services.assessment.tables.cycles import cycle
from services.assessment.tables.ratings import assessment, rater_request
from shared import clock
from shared.errors import Conflict, FieldError, Invalid, NotFound
from shared.events.assessment import CycleClosed, CycleOpened
from shared.messaging import outbox

Row = sa.RowMapping


@dataclass(frozen=True, slots=True)
class Draft:
    """What a cycle is made from. Dates are inclusive; limits bound the raters picked per relation."""

    unit_code: str
    role_codes: list[str]
    framework_code: str
    framework_version: int
    starts_on: date
    ends_on: date
    max_peers: int
    max_reports: int
    seed: int
    overlapping: bool = False


async def create(session: AsyncSession, draft: Draft) -> Row:
    """Store a draft cycle. Raises Invalid `dates-reversed`, `cycle-over` and `cycle-invalid`."""
    _check_dates(draft.starts_on, draft.ends_on)
    await instruments.check(session, draft.framework_code, draft.framework_version, draft.role_codes)
    values = {name: getattr(draft, name) for name in Draft.__slots__}
    values |= {"cycle_id": uuid4(), "state": "draft", "created_at": clock.now()}
    row: Row = (await session.execute(cycle.insert().values(values).returning(cycle))).mappings().one()
    return row


async def locked(session: AsyncSession, cycle_id: UUID) -> Row:
    """One cycle, locked for a change. Raises NotFound `cycle-unknown`."""
    found = await session.execute(sa.select(cycle).where(cycle.c.cycle_id == cycle_id).with_for_update())
    row = found.mappings().one_or_none()
    if row is None:
        raise NotFound("cycle-unknown", "There is no such cycle.")
    return row


async def change(session: AsyncSession, row: Row, changes: dict[str, Any]) -> Row:
    """Change a locked cycle: a draft in everything, an open one in its last day only.

    Raises Conflict `cycle-not-draft` and `cycle-closed`, Invalid as `create`.
    """
    if row["state"] == "closed":
        raise Conflict("cycle-closed", "A closed cycle does not change.")
    if row["state"] == "open" and set(changes) - {"ends_on"}:
        raise Conflict("cycle-not-draft", "Of an open cycle only ends_on can change.")
    _check_dates(changes.get("starts_on", row["starts_on"]), changes.get("ends_on", row["ends_on"]))
    if "role_codes" in changes:
        version = row["framework_code"], row["framework_version"]
        await instruments.check(session, *version, changes["role_codes"])
    changed = await _update(session, row, changes)
    if row["state"] == "open" and "ends_on" in changes:
        mine = (assessment.c.cycle_id == row["cycle_id"]) & (assessment.c.state == "open")
        await session.execute(assessment.update().where(mine).values(due_on=changes["ends_on"]))
    return changed


async def open_(session: AsyncSession, row: Row) -> Row:
    """Open a locked draft: one assessment per primary post in scope, its raters invited, published.

    An open one stays as it is: the timer may have come first. Raises Conflict `cycle-closed`, and
    `cycle-overlaps` when another open cycle is asking about one of its posts; Invalid `cycle-over` when
    its last day has passed.
    """
    if row["state"] == "open":
        return row
    if row["state"] == "closed":
        raise Conflict("cycle-closed", "A closed cycle cannot be opened again.")
    _check_dates(row["starts_on"], row["ends_on"])
    await overlaps.refuse(session, row)
    previous = await invitations.previous_cycle(session, row["unit_code"])
    values = {"state": "open", "opened_at": clock.now(), "previous_cycle_id": previous}
    opened = await _update(session, row, values)
    await invitations.open_assessments(session, opened)
    event = CycleOpened(
        cycle_id=str(row["cycle_id"]),
        unit_code=row["unit_code"],
        role_codes=row["role_codes"],
        framework_code=row["framework_code"],
        framework_version=row["framework_version"],
        starts_on=row["starts_on"],
        ends_on=row["ends_on"],
    )
    await outbox.add(session, event, aggregate_id=event.cycle_id, version=opened["version"])
    return opened


async def close(session: AsyncSession, row: Row) -> Row:
    """Close a locked open cycle: no more responses from now on; settlement scores or expires the rest.

    Settling 30,000 assessments takes longer than a request may, so it runs in batches by timer;
    `cycle-closed` is published at its end. A closed one stays as it is. Raises Conflict `cycle-not-open`.
    """
    if row["state"] == "closed":
        return row
    if row["state"] != "open":
        raise Conflict("cycle-not-open", "Only an open cycle can be closed.")
    return await _update(session, row, {"state": "closed", "closed_at": clock.now()})


async def settled(session: AsyncSession, row: Row) -> None:
    """Finish a closed cycle without open assessments: freeze prevalence, publish `cycle-closed`."""
    await session.execute(_FREEZE, {"cycle_id": row["cycle_id"]})
    mine = assessment.c.cycle_id == row["cycle_id"]
    ends = ("completed", "expired", "not-measured")
    counted = sa.select(*(sa.func.count().filter(assessment.c.state == state) for state in ends)).where(mine)
    completed, expired, not_measured = tuple((await session.execute(counted)).one())
    changed = await _update(session, row, {"settled_at": clock.now()})
    event = CycleClosed(
        cycle_id=str(row["cycle_id"]),
        closed_at=row["closed_at"],
        completed=completed,
        expired=expired,
        not_measured=not_measured,
    )
    await outbox.add(session, event, aggregate_id=event.cycle_id, version=changed["version"])


async def invited(session: AsyncSession, cycle_id: UUID) -> tuple[int, int]:
    """How many assessments and rater requests a cycle has."""
    mine = assessment.c.cycle_id == cycle_id
    requests = sa.select(sa.func.count()).select_from(rater_request.join(assessment)).where(mine)
    posts = sa.select(sa.func.count()).select_from(assessment).where(mine)
    return (await session.scalar(posts)) or 0, (await session.scalar(requests)) or 0


async def _update(session: AsyncSession, row: Row, values: dict[str, Any]) -> Row:
    statement = cycle.update().where(cycle.c.cycle_id == row["cycle_id"])
    statement = statement.values(**values, version=cycle.c.version + 1)
    changed: Row = (await session.execute(statement.returning(cycle))).mappings().one()
    return changed


def _check_dates(starts_on: date, ends_on: date) -> None:
    if ends_on < starts_on:
        error = FieldError("/ends_on", "before-start", "The last day lies before the first.")
        raise Invalid("dates-reversed", "The cycle would end before it starts.", [error])
    if ends_on < clock.today():
        error = FieldError("/ends_on", "past", "The last day has passed.")
        raise Invalid("cycle-over", "The cycle would be over already.", [error])


# `gaps.prevalence` of two numbers `below` and `scored`.
BAND = """(select case when scored < 5 then 0
    else round(50.0 * (2 * (below * bands / (scored + 1)) + 1) / bands) end
    from (select least(3, (scored + 1) / 5) as bands) banded)::smallint"""
# Per unit first, then per ancestor: the tree is joined to unit rows instead of to people.
_FREEZE = sa.text(f"""
with facility as (
    select r.unit_code, k.place, count(k.score) as scored,
        count(*) filter (where k.score < r.targets[k.place]) as below
    from result r cross join lateral unnest(r.scores) with ordinality as k(score, place)
    where r.cycle_id = :cycle_id group by 1, 2
), heads as (
    select unit_code, count(*) as people from result where cycle_id = :cycle_id group by 1
), enclosing as (
    select a.code, sum(h.people) as people from heads h join unit u using (unit_code)
    cross join lateral unnest(u.path) as a(code) group by 1 having sum(h.people) >= 5
)
insert into prevalence (cycle_id, unit_code, assessed, shares)
select :cycle_id, e.code, e.people, array_agg({BAND} order by s.place)
from enclosing e join (
    select a.code, f.place,
        sum(f.scored)::int as scored, sum(f.below)::int as below
    from facility f join unit u using (unit_code) cross join lateral unnest(u.path) as a(code)
    group by 1, 2
) s using (code)
group by e.code, e.people
""")
