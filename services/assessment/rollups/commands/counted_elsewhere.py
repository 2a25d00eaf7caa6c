"""Who counts in another region in a period: people who brought a result of it from there."""

from collections.abc import Collection
from uuid import UUID

from shared.database.engine import Connection

_BROUGHT = "select person_id, period from carried_result where person_id = any($1::uuid[])"


async def counted_elsewhere(
    connection: Connection, counted: Collection[tuple[str, str]]
) -> list[tuple[str, str]]:
    """Of people and periods those that another region counts."""
    rows = await connection.fetch(_BROUGHT, sorted({UUID(person) for person, _ in counted}))
    brought = {(str(row["person_id"]), row["period"]) for row in rows}
    return [key for key in counted if key in brought]
