"""Reads of what came from other regions."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.access.queries import inside
from services.registry.tables.region_transfers import arrival
from services.registry.tables.units import unit
from shared.auth.caller import Caller
from shared.http.paging import Page, page


async def list_arrivals(session: AsyncSession, caller: Caller, wanted: Page) -> dict[str, Any]:
    """A page of what waits to be decided about inside the caller's units, the oldest transfers first."""
    select = sa.select(arrival).join(unit, unit.c.unit_code == arrival.c.unit_code)
    select = select.where(arrival.c.state == "waiting", inside(caller))
    return await page(session, select, [arrival.c.transfer_id, arrival.c.origin], wanted)
