"""How many published cells are told without figures, too few people: counted when metrics are read.

A region's gateway adds its services' counts up and says them to the hub with its beat.
"""

from collections.abc import Awaitable, Callable

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

Count = Callable[[AsyncSession], Awaitable[int]]


def counted(statement: str) -> Count:
    """A count by one SQL statement."""
    select = text(statement)

    async def count(session: AsyncSession) -> int:
        return int(await session.scalar(select) or 0)

    return count


# Totals of `shared.publishing_totals`: told, and not with figures.
totals = counted("select count(*) from total_cell where version > 0 and people is null")
