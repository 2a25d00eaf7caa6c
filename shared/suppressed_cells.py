"""How many published cells have a figure withheld that was published before: counted when metrics are read.

What was never published is not counted: a number that rises with the first person in a cell would tell of one.

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
