"""Interventions that instances write themselves: a region's go up, a hub's down; own ones win over all others."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.catalogue.commands.catalogue import row_of
from services.planning.catalogue.content import entry, entry_content
from services.planning.tables.catalogue import catalogue, intervention, national_entry
from shared.errors import FieldError, Invalid
from shared.events.planning import EntriesOffered, EntriesPublished, OfferedEntry, RegionalEntry
from shared.federation.replication import ONE_HUB, Own, Replicated
from shared.messaging import outbox
from shared.messaging.subscriptions import Received
from shared.settings import Settings

Row = Mapping[str, Any]

OWN = Own[OfferedEntry](
    up=lambda items: EntriesPublished(items=[*items]),
    down=lambda items, together: EntriesOffered(items=items, entries_version=together),
    together=sa.select(sa.func.sum(intervention.c.own_version)),
    pieces=outbox.parts,
)

REGIONAL = Replicated("entry", national_entry, ("region", "code"))
OF_HUB = Replicated(
    "given-entry",
    intervention,
    ("code",),
    theirs=ONE_HUB,
    order=("hub_epoch", "hub_version"),
    ours=("own_version",),
    unless="stored.own_version is not null",
    withdrawn="offered = false, hub_version = 0",  # plans name them
)


def check_code(settings: Settings, code: str) -> None:
    """Raises Invalid `code-not-own`: an own code never meets one of the catalogue or of another region."""
    prefix = f"{settings.instance.upper()}-"
    if not code.startswith(prefix) or code == prefix:
        detail = f"Codes of this instance's own begin with {prefix}"
        raise Invalid("code-not-own", detail, [FieldError("/code", "code-not-own", detail)])


async def version_of(session: AsyncSession, code: str) -> int | None:
    """The version of an own entry, None where there is none."""
    held = sa.select(intervention.c.own_version).where(intervention.c.code == code)
    return await session.scalar(held.with_for_update())


async def put(session: AsyncSession, settings: Settings, content: dict[str, Any], *, offered: bool) -> int:
    """Add an own entry or change it; returns its version. Raises Invalid `prerequisite-unknown`."""
    await _check_prerequisites(session, content)
    row = row_of(await _catalogue_version(session), content) | {"offered": offered}
    own = {"own_version": sa.func.coalesce(intervention.c.own_version, 0) + 1}
    raised = {**row, **own, "hub_epoch": None, "hub_version": None}
    statement = insert(intervention).values(**row, own_version=1)
    statement = statement.on_conflict_do_update(index_elements=["code"], set_=raised)
    version: int = (await session.execute(statement.returning(intervention.c.own_version))).scalar_one()
    row |= {"own_version": version}
    await OWN.publish(session, settings, [_item(row)], f"entry {content['code']}")
    return version


async def resend(session: AsyncSession, settings: Settings) -> None:
    """Put all own entries into the outbox, with the versions they have."""
    rows = (
        await session.execute(
            sa.select(intervention)
            .where(intervention.c.own_version.is_not(None))
            .order_by(intervention.c.code)
        )
    ).mappings()
    await OWN.publish(session, settings, [_item(dict(row)) for row in rows], "entries", least=1)


async def take(session: AsyncSession, events: Sequence[Received[EntriesPublished]]) -> None:
    """At a hub: store the newest of each region's entries."""
    await REGIONAL.take(session, ((event, map(_row, event.data.items)) for event in events))


async def take_of_hub(session: AsyncSession, event: Received[EntriesOffered]) -> None:
    """In a region: store the hub's, each where it is newer; an own one of the same code stays."""
    version = await _catalogue_version(session)
    await OF_HUB.take_of_hub(session, event, [_row_of_hub(version, item) for item in event.data.items])


async def _catalogue_version(session: AsyncSession) -> int:
    version: int = (await session.execute(sa.select(sa.func.max(catalogue.c.version)))).scalar_one()
    return version


def _row_of_hub(version: int, item: OfferedEntry) -> Row:
    of_hub = {"offered": item.offered, "hub_version": item.version}
    return row_of(version, entry_content(item.entry)) | of_hub


def _row(item: RegionalEntry) -> Row:
    content = entry_content(item.entry)
    return {"code": item.entry.code, "version": item.version, "offered": item.offered, "content": content}


def _item(row: Row) -> OfferedEntry:
    return OfferedEntry(version=row["own_version"], offered=row["offered"], entry=entry(row["content"]))


async def _check_prerequisites(session: AsyncSession, content: dict[str, Any]) -> None:
    wanted = content["prerequisites"]
    found = await session.scalars(sa.select(intervention.c.code).where(intervention.c.code.in_(wanted)))
    known = set(found) - {content["code"]}
    errors = [
        FieldError(f"/prerequisites/{place}", "prerequisite-unknown", "There is no such other intervention.")
        for place, code in enumerate(wanted)
        if code not in known
    ]
    if errors:
        raise Invalid("prerequisite-unknown", "Some prerequisites are no interventions.", errors)
