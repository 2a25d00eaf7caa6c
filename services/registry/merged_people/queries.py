"""Reads of merges, by somebody who keeps the record that others are part of."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.access.queries import inside
from services.registry.tables.merged_people import person_merge
from services.registry.tables.units import unit
from shared.auth.caller import Caller
from shared.http.paging import Page, page

_SHOWN = ("merge_id", "merged_id", "merged_at", "undone_at")


async def list_merges(session: AsyncSession, survivor_id: UUID, wanted: Page) -> dict[str, Any]:
    """One page of the merges into a record, oldest first; check access before."""
    select = sa.select(*(person_merge.c[name] for name in _SHOWN))
    mine = select.where(person_merge.c.survivor_id == survivor_id)
    return await page(session, mine, [person_merge.c.merge_id], wanted)


async def as_shown(
    session: AsyncSession, caller: Caller, conflicts: Sequence[dict[str, Any]]
) -> list[dict[str, Any]]:
    """What was edited since a merge, of posts those inside the caller's units alone."""
    codes = {each["unit_code"] for each in conflicts if "unit_code" in each}
    own = set(
        await session.scalars(sa.select(unit.c.unit_code).where(unit.c.unit_code.in_(codes), inside(caller)))
    )
    return [
        {name: each[name] for name in ("record", "id", "field")}
        for each in conflicts
        if each.get("unit_code") in own or "unit_code" not in each
    ]
