"""Boundaries stored apart: of a unit the one that it has, of other Locations those of all versions."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.mcsd.boundaries import Content
from services.registry.tables.boundaries import location_boundary as boundary


async def store_boundary(session: AsyncSession, id_: str, content: Content | None, *, of_unit: bool) -> None:
    """Store the boundary of the Location `id_`, None: it has none that is stored apart."""
    if of_unit:  # whose versions are Steward's: what was sent of it has none
        others = boundary.c.digest != (content.digest if content else "")
        await session.execute(sa.delete(boundary).where(boundary.c.location_id == id_, others))
    if content is not None:
        row = {"location_id": id_, "digest": content.digest, "content": content.geojson}
        await session.execute(insert(boundary).values(row).on_conflict_do_nothing())
