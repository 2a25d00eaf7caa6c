"""Rebuilding: the registry projects nothing, it is what the others are rebuilt from."""

from shared.settings import Settings


async def rebuild(_settings: Settings, _token: str) -> dict[str, int]:
    """Nothing to rebuild: the registry owns its tables and consumes no event.

    The other services rebuild from `GET /internal/snapshot/{units,roles,people}`, which sends every
    state with its original version. Returns no counts.
    """
    return {}
