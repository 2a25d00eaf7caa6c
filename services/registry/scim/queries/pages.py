"""One page of a search, by index or by cursor (RFC 7644 section 3.4.2.4, RFC 9865)."""

from typing import Any, NamedTuple

import sqlalchemy as sa
from scim2_models import SearchRequest
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.scim.queries.order import VALUE, Order, Position

Row = dict[str, Any]


class Found(NamedTuple):
    """How many match, None on pages by cursor; the rows of the page; where the next one begins, of a cursor."""

    total: int | None
    rows: list[Row]
    next: Position | None = None


async def page_of(
    session: AsyncSession,
    search: SearchRequest[Any],
    order: Order,
    select: sa.Select[Any],
    counted: sa.Select[Any],
    position: Any,
) -> Found:
    """The page of `select` that a search asks for; `counted` says how many there are.

    A page by cursor costs what it shows, whatever was shown before, and counts nothing. Raises
    InvalidCursorException.
    """
    count = search.count or 0
    ordered = select.add_columns(order.selected()).order_by(*order.by())
    if search.cursor is not None:
        return await _after(session, order, ordered, count, position)
    total = await session.scalar(counted) or 0
    if not total or not count:
        return Found(total, [])
    page = ordered.offset((search.start_index or 1) - 1).limit(count)
    return Found(total, [dict(row) for row in (await session.execute(page)).mappings()])


async def _after(
    session: AsyncSession, order: Order, ordered: sa.Select[Any], count: int, position: Any
) -> Found:
    if position is not None:
        ordered = ordered.where(order.after(position))
    rows = [dict(row) for row in (await session.execute(ordered.limit(count + 1))).mappings()]
    if len(rows) <= count or not count:
        return Found(None, rows[:count])
    last = rows[count - 1]
    ids = [last[column.key or ""] for column in order.ids]
    return Found(None, rows[:count], order.position(last[VALUE], *ids))
