"""Examples of codes that a client may write in posts."""

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.access.queries import inside
from services.registry.tables.units import role, unit
from shared import clock
from shared.auth import rights
from shared.auth.caller import Caller


async def codes_for_posts(session: AsyncSession, caller: Caller) -> dict[str, list[str]]:
    """An open unit inside the caller's own and a role, as examples; nothing without the rights to read all."""
    if not (rights.reaches(caller, "unit.read") and rights.reaches(caller, "role.read")):
        return {}
    still = sa.or_(unit.c.closed_on.is_(None), unit.c.closed_on > clock.today())
    units = sa.select(unit.c.unit_code).where(inside(caller), still).order_by(unit.c.unit_code).limit(1)
    roles = sa.select(role.c.role_code).order_by(role.c.role_code).limit(1)
    return {
        "facilityCode": list(await session.scalars(units)),
        "roleCode": list(await session.scalars(roles)),
    }
