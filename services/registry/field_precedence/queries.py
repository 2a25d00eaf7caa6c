"""Reads of the order of systems, by field."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.field_precedence.order import FIELDS
from services.registry.tables.source_systems import field_precedence, source_system
from services.registry.tables.states import Connection

_PRECEDENCE = """
select f.field, array_agg(s.system_id order by o.place)
from field_precedence f cross join unnest(f.systems) with ordinality as o(system_id, place)
    join source_system s on s.system_id = o.system_id and not s.retired
group by f.field
"""


async def read_precedence(connection: Connection) -> dict[str, list[str]]:
    """By field, the ids of the systems in order that are not retired; see `precedence`."""
    return {row[0]: row[1] for row in await connection.fetch(_PRECEDENCE)}


async def list_precedence(session: AsyncSession) -> list[dict[str, Any]]:
    """Every field with the codes of its systems in order, none where nobody set one."""
    place = sa.func.unnest(field_precedence.c.systems).table_valued("system_id", with_ordinality="place")
    order = place.render_derived()
    select = (
        sa.select(field_precedence.c.field, field_precedence.c.version, source_system.c.code)
        .select_from(field_precedence)
        .outerjoin(order, sa.true())
        .outerjoin(source_system, source_system.c.system_id == order.c.system_id)
        .order_by(field_precedence.c.field, order.c.place)
    )
    found: dict[str, dict[str, Any]] = {
        field: {"field": field, "version": 0, "systems": []} for field in FIELDS
    }
    for field, version, code in await session.execute(select):
        found[field]["version"] = version
        found[field]["systems"] += [code] if code is not None else []
    return list(found.values())
