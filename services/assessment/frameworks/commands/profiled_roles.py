"""Which roles have a profile, published for services that count people in leadership and management posts."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.assessment.tables.frameworks import profiled_roles, role_profile
from shared.events.assessment import RoleProfilesChanged
from shared.messaging import outbox

_AGGREGATE = "role-profiles"


async def tell(session: AsyncSession) -> None:
    """Publish the roles that have a profile, when they are others than at the last publication."""
    codes = list(
        await session.scalars(sa.select(role_profile.c.role_code).order_by(role_profile.c.role_code))
    )
    table = profiled_roles.c
    new = insert(profiled_roles).values(one=True, version=1, role_codes=codes)
    stored = new.on_conflict_do_update(
        index_elements=[table.one],
        set_={"version": table.version + 1, "role_codes": new.excluded.role_codes},
        where=table.role_codes != new.excluded.role_codes,
    )
    version = await session.scalar(stored.returning(table.version))
    if version is not None:
        event = RoleProfilesChanged(role_codes=codes)
        await outbox.add(session, event, aggregate_id=_AGGREGATE, version=version)
