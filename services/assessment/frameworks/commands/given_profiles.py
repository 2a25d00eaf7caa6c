"""Role profiles that this instance was given: with its software, with its hub's frameworks, by the hub itself."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.assessment.frameworks.commands import profiled_roles
from services.assessment.tables.frameworks import given_profile
from shared import clock
from shared.events.assessment import FrameworkProfile, ProfilesPublished, RoleOverlay
from shared.events.framework import COMPETENCIES, LEVELS
from shared.federation import epochs
from shared.messaging.batches import Unreadable
from shared.messaging.subscriptions import Received

Row = Mapping[str, Any]

_KEYS = ("origin", "role_code")
_FORGET = "delete from given_profile where origin = 'hub' and $1 <> '' and epoch < $2"  # they are of one hub
# What one transaction gives is not seen by another that shows what holds: they wait for each other.
_LOCK = sa.text("select pg_advisory_xact_lock(hashtextextended('assessment-given-profiles', 0))")
_SHOW = sa.text("""
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
_DROP = sa.text("""
delete from role_profile shown
where not overridden and not exists (select from given_profile given where given.role_code = shown.role_code)
""")


async def load(session: AsyncSession, rows: Sequence[Row]) -> None:
    """Keep what comes with the software."""
    await _keep(session, "software", rows)


async def take(session: AsyncSession, profiles: Sequence[FrameworkProfile], given_at: datetime) -> None:
    """Keep what came with a hub's framework version, unless a later one has come. `given_at`: its publication."""
    rows = [{**_values(profile), "given_at": given_at} for profile in profiles]
    await _keep(session, "framework", rows, order=("given_at",))


async def take_published(session: AsyncSession, event: Received[ProfilesPublished]) -> None:
    """Keep what a hub wrote itself, each where it is newer. Raises Unreadable on other competencies or levels.

    It is of no framework version: what the hub wrote it over may come later, or never.
    """
    if not fit(event.data.items):
        raise Unreadable("a role profile of a later software")
    if not await epochs.in_region(session):
        return
    latest = await epochs.latest(session, "profile", [event], _FORGET)
    if event.epoch < latest[event.instance]:
        return
    items = sorted(event.data.items, key=lambda item: item.version)
    rows = [{**_values(item), "epoch": event.epoch, "version": item.version} for item in items]
    await _keep(session, "hub", rows, order=("epoch", "version"))


def fit(profiles: Iterable[FrameworkProfile | RoleOverlay]) -> bool:
    """Whether profiles are over the competencies and of the levels that this software knows."""
    places = len(COMPETENCIES)
    return all(each.level in LEVELS and len(each.targets) == len(each.weights) == places for each in profiles)


async def _keep(session: AsyncSession, origin: str, rows: Sequence[Row], order: Sequence[str] = ()) -> None:
    """Store rows where they are later by `order`, of one role the last; and show what holds now."""
    of_roles = {row["role_code"]: {"origin": origin, **row} for row in rows}
    if of_roles:
        statement = insert(given_profile).values(list(of_roles.values()))
        new, old = statement.excluded, given_profile.c
        later = None
        if order:
            later = sa.tuple_(*(old[name] for name in order)) < sa.tuple_(*(new[name] for name in order))
        taken = {name: new[name] for name in rows[0] if name not in _KEYS}
        await session.execute(
            statement.on_conflict_do_update(index_elements=list(_KEYS), set_=taken, where=later)
        )
    await session.execute(_LOCK)
    await session.execute(_SHOW, {"now": clock.now()})
    await session.execute(_DROP)
    await profiled_roles.tell(session)


def _values(profile: FrameworkProfile | RoleOverlay) -> dict[str, Any]:
    same = ("role_code", "level", "setting", "targets", "weights")
    return {"name": profile.title, **{name: getattr(profile, name) for name in same}}
