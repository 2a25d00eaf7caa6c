"""Role profiles of this instance's own: a hub's go down, a region's win there and go up to be shown."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.assessment.tables.frameworks import framework_version, role_profile
from services.assessment.tables.overlays import national_overlay
from shared import clock
from shared.events.assessment import OverlayPublished, ProfilesPublished, RoleOverlay
from shared.events.event import Event
from shared.events.framework import COMPETENCIES
from shared.federation import epochs
from shared.messaging import outbox
from shared.messaging.batches import Unreadable
from shared.messaging.subscriptions import Received
from shared.settings import Settings

_FORGET = "delete from national_overlay where region = $1 and epoch < $2"
_SAME = (
    "role_code",
    "version",
    "level",
    "setting",
    "framework_code",
    "framework_version",
    "targets",
    "weights",
)


async def core(session: AsyncSession) -> dict[str, Any]:
    """The core framework that an overlay is written over: the last version of what came last."""
    table = framework_version.c
    query = (
        sa.select(table.framework_code, sa.func.max(table.framework_version).label("framework_version"))
        .where(table.state == "published", table.core_code.is_(None))
        .group_by(table.framework_code)
        .order_by(sa.func.max(table.changed_at).desc())
        .limit(1)
    )
    return dict((await session.execute(query)).mappings().one())


async def send(
    session: AsyncSession, settings: Settings, rows: Sequence[sa.RowMapping], least: int = 0
) -> None:
    """Tell a hub's regions, or a region's hub, of profiles, with the versions they have."""
    if settings.federation == "none":
        return
    told: list[outbox.Entry] = []
    for part in outbox.chunks([_item(row) for row in rows], least=least):
        event: Event = OverlayPublished(items=list(part))
        if settings.federation == "hub":
            event = ProfilesPublished(items=list(part), profiles_version=await _together(session))
        told.append((event, _aggregate(part), max((item.version for item in part), default=0)))
    await outbox.add_many(session, told)


async def resend(session: AsyncSession, settings: Settings) -> None:
    """Tell again of all profiles of this instance's own."""
    own = sa.select(role_profile).where(role_profile.c.overridden).order_by(role_profile.c.role_code)
    await send(session, settings, (await session.execute(own)).mappings().all(), least=1)


async def take(session: AsyncSession, events: Sequence[Received[OverlayPublished]]) -> None:
    """At a hub: keep the newest of each region's overlays. Raises Unreadable on figures of another length."""
    newest: dict[tuple[str, str], dict[str, Any]] = {}
    latest = await epochs.latest(session, "overlay", events, _FORGET)
    for event in events:
        if event.epoch < latest[event.instance]:
            continue
        for item in event.data.items:
            row, key = _row(event, item), (event.instance, item.role_code)
            known = newest.get(key)
            if known is None or (known["epoch"], known["version"]) < (row["epoch"], row["version"]):
                newest[key] = row
    if not newest:
        return
    statement = insert(national_overlay).values([newest[key] for key in sorted(newest)])
    new, old = statement.excluded, national_overlay.c
    keys = ["region", "role_code"]
    taken = {column.name: new[column.name] for column in old if column.name not in keys}
    later = sa.tuple_(old.epoch, old.version) < sa.tuple_(new.epoch, new.version)
    await session.execute(statement.on_conflict_do_update(index_elements=keys, set_=taken, where=later))


async def _together(session: AsyncSession) -> int:
    """A version of all own profiles: it rises with each change."""
    own = sa.select(sa.func.sum(role_profile.c.version)).where(role_profile.c.overridden)
    return int(await session.scalar(own) or 0)


def _item(row: sa.RowMapping) -> RoleOverlay:
    return RoleOverlay(title=row["name"], **{name: row[name] for name in _SAME})


def _row(event: Received[OverlayPublished], item: RoleOverlay) -> dict[str, Any]:
    if not len(item.targets) == len(item.weights) == len(COMPETENCIES):
        raise Unreadable(f"an overlay over {len(item.targets)} competencies")
    return {
        "region": event.instance,
        "epoch": event.epoch,
        "name": item.title,
        "received_at": clock.now(),
        "trace_id": f"{event.span.trace_id:032x}" if event.span is not None and event.span.is_valid else None,
        **{name: getattr(item, name) for name in _SAME},
    }


def _aggregate(items: Sequence[RoleOverlay]) -> str:
    return f"overlay {items[0].role_code}" if len(items) == 1 else "overlays"
