"""Role profiles that this instance was given: with its software, with its hub's frameworks, by the hub itself."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.assessment.frameworks.commands import profiled_roles
from services.assessment.tables.frameworks import given_profile, role_profile
from shared import clock
from shared.database.engine import lock
from shared.events.assessment import FrameworkProfile, ProfilesPublished, RoleOverlay
from shared.events.framework import COMPETENCIES, LEVELS
from shared.federation.replication import ONE_HUB, Replicated
from shared.messaging.batches import Unreadable
from shared.messaging.subscriptions import Received

Row = Mapping[str, Any]

_KEY = ("origin", "role_code")
OF_HUB = Replicated(
    "profile", given_profile, _KEY, f"stored.origin = 'hub' and {ONE_HUB}", ours=("given_at",)
)
# What one transaction gives is not seen by another that shows what holds: they wait for each other.
LOCK = "assessment-given-profiles"
_UPDATE = sa.text("""
with holding as (
    select distinct on (role_code) * from given_profile
    order by role_code, array_position(array['hub', 'framework', 'software'], origin)
)
insert into role_profile as shown (role_code, level, setting, name, targets, weights, changed_at)
select role_code, level, setting, name, targets, weights, :now from holding order by role_code
on conflict (role_code) do update set
    level = excluded.level, setting = excluded.setting, name = excluded.name, targets = excluded.targets,
    weights = excluded.weights, changed_at = excluded.changed_at, version = shown.version + 1
where not shown.overridden
    and (shown.level, shown.setting, shown.name, shown.targets, shown.weights)
        is distinct from (excluded.level, excluded.setting, excluded.name, excluded.targets, excluded.weights)
""")


async def load(session: AsyncSession, rows: Sequence[Row]) -> None:
    """Store what comes with the software."""
    await _store(session, "software", rows)
    await _show(session)


async def take(session: AsyncSession, profiles: Sequence[FrameworkProfile], given_at: datetime) -> None:
    """Store what came with a hub's framework version, unless a later one has come. `given_at`: its publication."""
    rows = [{**_values(profile), "given_at": given_at} for profile in profiles]
    await _store(session, "framework", rows)
    await _show(session)


async def take_published(session: AsyncSession, event: Received[ProfilesPublished]) -> None:
    """Store what a hub wrote itself, each where it is newer. Raises Unreadable on other competencies or levels.

    It is of no framework version: what the hub wrote it over may come later, or never.
    """
    if not fit(event.data.items):
        raise Unreadable("a role profile of a later software")
    rows = [{"origin": "hub", "version": item.version, **_values(item)} for item in event.data.items]
    if await OF_HUB.take_of_hub(session, event, rows):
        await _show(session)


def fit(profiles: Iterable[FrameworkProfile | RoleOverlay]) -> bool:
    """Whether profiles are over the competencies and of the levels that this software knows."""
    places = len(COMPETENCIES)
    return all(each.level in LEVELS and len(each.targets) == len(each.weights) == places for each in profiles)


async def _store(session: AsyncSession, origin: str, rows: Sequence[Row]) -> None:
    """Store rows, of one role the last, where none is there that was given later."""
    of_roles = {row["role_code"]: {"origin": origin, **row} for row in rows}
    if not of_roles:
        return
    statement = insert(given_profile).values(list(of_roles.values()))
    new, old = statement.excluded, given_profile.c
    taken = {name: new[name] for name in rows[0] if name not in _KEY}
    later = old.given_at.is_(None) | (old.given_at < new.given_at)
    await session.execute(statement.on_conflict_do_update(index_elements=list(_KEY), set_=taken, where=later))


async def _show(session: AsyncSession) -> None:
    """Bring the profiles that are not this instance's own up to what was given."""
    await lock(session, LOCK)
    await session.execute(_UPDATE, {"now": clock.now()})
    given = sa.select(given_profile).where(given_profile.c.role_code == role_profile.c.role_code)
    await session.execute(sa.delete(role_profile).where(~role_profile.c.overridden, ~given.exists()))
    await profiled_roles.tell(session)


def _values(profile: FrameworkProfile | RoleOverlay) -> dict[str, Any]:
    same = ("role_code", "level", "setting", "targets", "weights")
    return {"name": profile.title, **{name: getattr(profile, name) for name in same}}
