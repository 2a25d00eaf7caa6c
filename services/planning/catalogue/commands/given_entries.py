"""Interventions that a region's hub wrote itself, taken over beside the catalogue."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.catalogue.commands.catalogue import row_of
from services.planning.catalogue.content import entry_content
from services.planning.tables.catalogue import catalogue, intervention
from shared.events.planning import EntriesOffered, OfferedEntry
from shared.federation import epochs
from shared.messaging.subscriptions import Received

# Plans name them, so none is deleted: what is not said again is withdrawn, as the new epoch's version 0.
_FORGET = """
update intervention set offered = false, hub_epoch = $2, hub_version = 0
where own_version is null and $1 <> '' and hub_epoch < $2
"""  # they are of one hub


async def take(session: AsyncSession, event: Received[EntriesOffered]) -> None:
    """Keep the hub's, each where it is newer; an own entry of the same code stays."""
    if not await epochs.in_region(session):
        return
    latest = await epochs.latest(session, "given-entry", [event], _FORGET)
    if event.epoch < latest[event.instance] or not event.data.items:
        return
    version = await session.scalar(sa.select(sa.func.max(catalogue.c.version)))
    newest: dict[str, OfferedEntry] = {}
    for item in sorted(event.data.items, key=lambda item: item.version):
        newest[item.entry.code] = item
    rows = [_row(version, event.epoch, newest[code]) for code in sorted(newest)]
    statement = insert(intervention).values(rows)
    new, old = statement.excluded, intervention.c
    known = sa.tuple_(sa.func.coalesce(old.hub_epoch, 0), sa.func.coalesce(old.hub_version, 0))
    later = sa.and_(old.own_version.is_(None), known < sa.tuple_(new.hub_epoch, new.hub_version))
    taken = {name: new[name] for name in rows[0] if name != "code"}
    await session.execute(statement.on_conflict_do_update(index_elements=["code"], set_=taken, where=later))


def _row(version: int, epoch: int, item: OfferedEntry) -> dict[str, Any]:
    of_hub = {"offered": item.offered, "hub_epoch": epoch, "hub_version": item.version}
    return row_of(version, entry_content(item.entry)) | of_hub
