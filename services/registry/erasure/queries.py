"""Erasures, listed: those that wait to be confirmed, and those that were done."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.tables.erasures import erasure
from shared.http.paging import Page, page

_SHOWN = [erasure.c[name] for name in ("erasure_id", "requested_at", "erased_at", "digest")]


async def list_erasures(session: AsyncSession, wanted: Page, *, done: bool | None) -> dict[str, Any]:
    """A page of erasures, oldest first; `done` keeps those that were, or were not, confirmed."""
    person_id = erasure.c.subject_id.label("person_id")
    select = sa.select(*_SHOWN, person_id)
    if done is not None:
        select = select.where(erasure.c.erased_at.is_not(None) if done else erasure.c.erased_at.is_(None))
    return await page(session, select, [erasure.c.erasure_id], wanted)


def shown(row: dict[str, Any]) -> dict[str, Any]:
    """One erasure as it is listed."""
    return {column.name: row[column.name] for column in _SHOWN} | {"person_id": row["subject_id"]}
