"""Boundaries that are stored apart, put where they belong."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.mcsd.boundaries import by_itself, digest_of
from services.registry.tables.boundaries import location_boundary
from shared.errors import NotFound


async def whole(session: AsyncSession, resource: dict[str, Any]) -> dict[str, Any]:
    """A resource as it is read by itself."""
    digest = digest_of(resource)
    return resource if digest is None else by_itself(resource, await content(session, digest))


async def content(session: AsyncSession, digest: str) -> bytes:
    """The GeoJSON with this digest. Raises NotFound `resource-unknown`."""
    same = location_boundary.c.digest == digest
    found = await session.scalar(sa.select(location_boundary.c.content).where(same).limit(1))
    if found is None:
        raise NotFound("resource-unknown", "There is no such resource, or none that you may see.")
    return bytes(found)
