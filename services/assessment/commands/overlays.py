"""Role profiles of a region's own: they win there, and go up so that the hub can show them."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.assessment.tables.frameworks import framework_version, role_profile
from services.assessment.tables.overlays import national_overlay
from shared import clock, epochs, outbox
from shared.consumers import Received
from shared.consuming import Unreadable
from shared.events.assessment import OverlayPublished, RoleOverlay
from shared.events.framework import COMPETENCIES

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


async def send(session: AsyncSession, rows: Sequence[sa.RowMapping], least: int = 0) -> None:
    """Put profiles into the outbox, with the versions they have."""
    items = [RoleOverlay(title=row["name"], **{name: row[name] for name in _SAME}) for row in rows]
    entries = [
        (
            OverlayPublished(items=list(part)),
            _aggregate(part),
            max((item.version for item in part), default=0),
        )
        for part in outbox.chunks(items, least=least)
    ]
    await outbox.add_many(session, entries)


async def resend(session: AsyncSession) -> None:
    """Put all overlays of this instance's own into the outbox again."""
    own = sa.select(role_profile).where(role_profile.c.overridden).order_by(role_profile.c.role_code)
    await send(session, (await session.execute(own)).mappings().all(), least=1)


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
