"""Role profiles of this instance's own: a hub's go down, a region's win there and go up to be shown."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.assessment.tables.frameworks import framework_version, role_profile
from services.assessment.tables.overlays import national_overlay
from shared.events.assessment import OverlayPublished, ProfilesPublished, RoleOverlay
from shared.events.framework import COMPETENCIES
from shared.federation.replication import Own, Replicated
from shared.messaging.batches import Unreadable
from shared.messaging.subscriptions import Received
from shared.settings import Settings

OWN = Own[RoleOverlay](
    up=lambda items: OverlayPublished(items=items),
    down=lambda items, together: ProfilesPublished(items=items, profiles_version=together),
    together=sa.select(sa.func.sum(role_profile.c.version)).where(role_profile.c.overridden),
)
REGIONAL = Replicated("overlay", national_overlay, ("region", "role_code"))
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
    """Publish profiles for a hub's regions, or a region's hub, with the versions they have."""
    items = [_item(row) for row in rows]
    aggregate_id = f"overlay {items[0].role_code}" if len(items) == 1 else "overlays"
    await OWN.publish(session, settings, items, aggregate_id, least)


async def resend(session: AsyncSession, settings: Settings) -> None:
    """Tell again of all profiles of this instance's own."""
    own = sa.select(role_profile).where(role_profile.c.overridden).order_by(role_profile.c.role_code)
    await send(session, settings, (await session.execute(own)).mappings().all(), least=1)


async def take(session: AsyncSession, events: Sequence[Received[OverlayPublished]]) -> None:
    """At a hub: store the newest of each region's overlays. Raises Unreadable on figures of another length."""
    await REGIONAL.take(session, ((event, map(_row, event.data.items)) for event in events))


def _item(row: sa.RowMapping) -> RoleOverlay:
    return RoleOverlay(title=row["name"], **{name: row[name] for name in _SAME})


def _row(item: RoleOverlay) -> dict[str, Any]:
    if not len(item.targets) == len(item.weights) == len(COMPETENCIES):
        raise Unreadable(f"an overlay over {len(item.targets)} competencies")
    return {"name": item.title, **{name: getattr(item, name) for name in _SAME}}
