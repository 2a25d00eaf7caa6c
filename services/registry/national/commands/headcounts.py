"""Headcounts per unit and level, published for a hub; and everything published for it, published again."""

from collections.abc import Sequence
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.publication.commands import announce_units
from services.registry.tables.people import person
from services.registry.tables.states import person_states
from services.registry.tables.units import unit
from shared import clock, publishing_totals
from shared.database.engine import raw
from shared.events.registry import Headcount, HeadcountsComputed, PersonState
from shared.messaging import outbox
from shared.publishing_totals import Cell
from shared.totals import Share

EVERYONE = sa.select(person.c.person_id)


async def count(session: AsyncSession) -> int:
    """Count those who changed, and publish what may move; returns how many were counted of a backlog."""
    return await publishing_totals.count(session, clock.today(), _shares, _send, portions=True)


async def resend(session: AsyncSession) -> None:
    """Put all units and published headcounts into the outbox, with the versions they have."""
    codes = (await session.scalars(sa.select(unit.c.unit_code))).all()
    await announce_units(await raw(session), codes)
    await _send(session, [cell for cell in await publishing_totals.sent(session) if cell.figures], least=1)


async def _shares(session: AsyncSession, people: list[UUID]) -> list[Share]:
    """Each at the primary post of today."""
    states = await person_states(await raw(session), people, clock.today())
    return [share for share in map(_share, states) if share is not None]


def _share(state: PersonState) -> Share | None:
    today = clock.today()
    for post in state.posts:
        held = post.valid_from <= today and (post.valid_to is None or today <= post.valid_to)
        if state.active and held and post.primary:
            women = int(state.sex == "female")
            return Share("", post.level, UUID(state.person_id), post.unit_code, (women,))
    return None


async def _send(session: AsyncSession, cells: Sequence[Cell], least: int = 0) -> None:
    parts = outbox.chunks(cells, least=least)
    events = [HeadcountsComputed(items=list(map(_item, part))) for part in parts]
    entries = [
        (event, "headcounts", max((item.version for item in event.items), default=0)) for event in events
    ]
    await outbox.add_many(session, entries)


def _item(cell: Cell) -> Headcount:
    return Headcount(
        unit_code=cell.unit_code,
        level=cell.slice,
        version=cell.version,
        people=cell.people,
        women=cell.figures[0] if cell.figures else None,
        as_of=cell.as_of,
        suppressed=False,
    )
