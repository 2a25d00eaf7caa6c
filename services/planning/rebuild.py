"""Rebuilding what planning projects: the directory, from registry's snapshot.

Plans, activities, follow-ups and limits are owned and stay as they are. Nothing is published.
"""

import os

from shared.database import Database
from shared.errors import Unavailable
from shared.settings import Settings
from shared.snapshots import rebuild_directory


async def rebuild(settings: Settings) -> dict[str, int]:
    """Rebuild in one transaction and say what was taken over.

    Registry's address is in `settings.services`, an access token with the role `service` in the
    environment as STEWARD_TOKEN. Raises Unavailable `registry-unknown` or `snapshot-refused`.
    """
    registry = settings.services.get("registry")
    if registry is None:
        raise Unavailable("registry-unknown", "Give registry's address in STEWARD_SERVICES.")
    database = Database(settings)
    try:
        async with database.session() as session:
            return await rebuild_directory(session, registry, os.environ.get("STEWARD_TOKEN", ""))
    finally:
        await database.close()
