"""The source system whose names for people a caller is shown."""

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.tables.source_systems import source_client, source_system
from shared.auth.caller import Caller


async def system_shown(session: AsyncSession, caller: Caller, named: str | None) -> str | None:
    """The id of the system with the code `named`, else of the first by code, that the caller is bound to."""
    mine = source_client.c.client_key == caller.subject_key
    select = sa.select(source_system.c.system_id).join(source_client).where(mine)
    if named is not None:
        select = select.where(source_system.c.code == named)
    order = select.order_by(source_system.c.retired, source_system.c.code)
    found: str | None = await session.scalar(order.limit(1))
    return found
