"""Rebuilding what planning projects: the directory, from registry's snapshot.

Plans, activities, follow-ups and limits are owned and stay as they are. Nothing is published.
"""

from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.merged_plans.commands import rekey
from shared.directory.rebuild import rebuild_directory, rebuilt
from shared.settings import Settings


async def rebuild(settings: Settings) -> dict[str, int]:
    """Rebuild in one transaction and say what was taken over and corrected. Errors as `rebuilt`."""
    return await rebuilt(settings, rebuild_within)


async def rebuild_within(session: AsyncSession, registry_url: str, token: str) -> dict[str, int]:
    """The same in the caller's transaction."""
    return await rebuild_directory(session, registry_url, token, rekey)
