"""Rebuilding what assessment projects: the directory from registry's snapshot, roll-ups from results.

Cycles, assessments, responses and results are owned and stay as they are. Nothing is published.
"""

import os

from sqlalchemy.ext.asyncio import AsyncSession

from services.assessment.commands.recount import recount
from shared.database import Database
from shared.errors import Unavailable
from shared.settings import Settings
from shared.snapshots import rebuild_directory


async def rebuild(settings: Settings) -> dict[str, int]:
    """Rebuild in one transaction and say what was taken over and corrected.

    Registry's address is in `settings.services`, an access token with the role `service` in the
    environment as STEWARD_TOKEN. Raises Unavailable `snapshot-refused`.
    """
    registry = settings.services.get("registry")
    if registry is None:
        raise Unavailable("registry-unknown", "Give registry's address in STEWARD_SERVICES.")
    database = Database(settings)
    try:
        async with database.session() as session:
            return await anew(session, registry, os.environ.get("STEWARD_TOKEN", ""))
    finally:
        await database.close()


async def anew(session: AsyncSession, registry_url: str, token: str) -> dict[str, int]:
    """The same in the caller's transaction."""
    return {**await rebuild_directory(session, registry_url, token), **await recount(session)}
