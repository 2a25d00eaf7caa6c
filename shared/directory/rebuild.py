"""Rebuilding the directory projection: registry re-sends its states with their original versions."""

import os
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import TypeVar
from uuid import UUID

import aiohttp
import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from shared import clock
from shared.database.engine import Database, raw
from shared.directory.merges import all_aliases, take_aliases
from shared.directory.projection import take_people, take_units
from shared.errors import Unavailable
from shared.events.registry import PersonAlias, PersonState, UnitState
from shared.settings import Settings

CHUNK = 500
S = TypeVar("S", bound=msgspec.Struct)
Rekey = Callable[[AsyncSession, Sequence[UUID]], Awaitable[None]]

_LOCK = text("lock table unit, person, post, subject, person_alias in exclusive mode")


async def states(registry_url: str, token: str, kind: str, state: type[S]) -> AsyncIterator[list[S]]:
    """Registry's snapshot of `kind` (units, roles, people, aliases) in chunks of 500 states.

    Raises Unavailable `snapshot-refused` when registry does not answer with 200.
    """
    decoder = msgspec.json.Decoder(state)
    chunk: list[S] = []
    headers = {"Authorization": f"Bearer {token}"}
    timeout = aiohttp.ClientTimeout(total=None, sock_read=60)
    async with (
        aiohttp.ClientSession(timeout=timeout, read_bufsize=1 << 20) as client,
        client.get(f"{registry_url}/internal/snapshot/{kind}", headers=headers) as response,
    ):
        if response.status != 200:
            raise Unavailable("snapshot-refused", f"registry answered {response.status} for {kind}.")
        async for line in response.content:
            chunk.append(decoder.decode(line))
            if len(chunk) == CHUNK:
                yield chunk
                chunk = []
    if chunk:
        yield chunk


async def rebuild_directory(
    session: AsyncSession, registry_url: str, token: str, rekey: Rekey
) -> dict[str, int]:
    """Empty the projection and fill it from registry's snapshot, in the caller's transaction.

    `rekey` is told of people who are, or were, part of others otherwise than the projection knew.

    Readers see the old rows until the commit; consumers wait, and what they then apply is newer or
    a repeat. Returns how many units and people were taken over. Publishes nothing.
    """
    await session.execute(_LOCK)
    before = await all_aliases(session)
    for table in ("unit", "person", "post", "subject", "person_alias"):
        await session.execute(text(f"delete from {table}"))
    counts = {"units": 0, "people": 0}
    async for units in states(registry_url, token, "units", UnitState):
        await take_units(session, units)
        counts["units"] += len(units)
    async for people in states(registry_url, token, "people", PersonState):
        await take_people(session, people)
        counts["people"] += len(people)
    async for aliases in states(registry_url, token, "aliases", PersonAlias):
        await take_aliases(await raw(session), aliases)
    after = await all_aliases(session)
    changed = {person for person, _ in before.items() ^ after.items()}
    targets = {known[person] for known in (before, after) for person in changed if person in known}
    if changed:
        await rekey(session, sorted(changed | targets))
    return counts


Step = Callable[[AsyncSession, str, str], Awaitable[dict[str, int]]]


async def rebuilt(settings: Settings, step: Step) -> dict[str, int]:
    """Run a service's rebuild, `step(session, registry_url, token)`, as one transaction; its counts.

    Registry's address is in `settings.services`, an access token with the role `service` in the
    environment as STEWARD_TOKEN. Raises Unavailable `registry-unknown` or `snapshot-refused`.
    """
    registry = settings.services.get("registry")
    if registry is None:
        raise Unavailable("registry-unknown", "Give registry's address in STEWARD_SERVICES.")
    clock.set_zone(settings.time_zone)
    database = Database(settings)
    try:
        async with database.session() as session:
            return await step(session, registry, os.environ.get("STEWARD_TOKEN", ""))
    finally:
        await database.close()
